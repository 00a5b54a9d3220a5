#pragma once
// SPDX-License-Identifier: BSL-1.0
// A linear layer whose pattern and codec are known only at run time: one virtual call per product, the same kernels.
//
//   any_linear layer = load("w.lacuna");          from interop/any_file.hpp: maps the file, whatever form it has
//   any_linear layer(pack(a));                    any matrix, taken over; a view borrows
//   linear(layer, x, y);   linear(exec{openmp{2}}, layer, x, y, epilogue::bias{b});
//   linear(layer, quantize<int8>(x), y);          a layer of codes
//   any_linear layer(pack(a), float_tokens{});    that never sees such tokens: half the time to compile
//
// What is compiled is what a file may turn out to be: `default_forms`, or the list that load is given. Same bits as
// linear of the matrix itself. Tokens are rows: X and Y are row-major floats, or X is codes.
// SwiGLU: linear(gate, x, y); linear(up, x, y, epilogue::swiglu{}).
#include <lacuna/codec/int4.hpp>
#include <lacuna/codec/int8.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/format/forms.hpp>
#include <lacuna/ops/linear.hpp>
#include <lacuna/pack/pack.hpp>
#include <memory>

namespace lacuna {

/// Says that a layer's tokens are floats: no integer product is compiled for it.
struct float_tokens {};
/// What it takes by default.
struct all_tokens {};

namespace detail {

/// A layer without its types. Threads come as a pool_ref, so that kernels are compiled once for all of them.
struct linear_layer {
  const index_t rows, cols;
  const std::size_t bytes;

  LACUNA_INLINE linear_layer(index_t m, index_t k, std::size_t stored) : rows(m), cols(k), bytes(stored) {}
  virtual ~linear_layer() = default;
  virtual void run(const exec<pool_ref>& where, matrix_view<const float> x, matrix_view<float> y,
                   const epilogue::erased& finish) const = 0;
  virtual void run(const exec<pool_ref>& where, const token_codes<float>& x, matrix_view<float> y,
                   const epilogue::erased& finish) const = 0;
  virtual std::string form() const = 0;
};

inline namespace LACUNA_ARCH {

template <class A, class Tokens>
struct linear_layer_of final : linear_layer {
  A a;
  explicit linear_layer_of(A taken)
      : linear_layer(taken.rows(), taken.cols(), stored_bytes(taken)), a(std::move(taken)) {}
  void run(const exec<pool_ref>& where, matrix_view<const float> x, matrix_view<float> y,
           const epilogue::erased& finish) const override {
    linear(where, a, x, y, finish);
  }
  void run(const exec<pool_ref>& where, const token_codes<float>& x, matrix_view<float> y,
           const epilogue::erased& finish) const override {
    if constexpr (scaled_codec<codec_type_of<A>> && std::same_as<Tokens, all_tokens>)
      linear(where, a, x, y, finish);
    else
      fail(errc::argument, "linear: need a layer of codes for quantised tokens; got " + form_name<A>() +
                               (scaled_codec<codec_type_of<A>> ? " for float_tokens" : ""));
  }
  std::string form() const override { return form_name<A>(); }
};

}  // namespace LACUNA_ARCH
}  // namespace detail

/// Move-only. An empty one is 0 x 0 and multiplies by nothing.
class any_linear {
 public:
  /// What a file is expected to hold: execution forms, and csr, which pack leaves as it is. Each takes about two seconds to
  /// compile, where a file is opened with this list: give load a list of your own to pay for less, or to have more.
  using default_forms =
      forms<packed_matrix<dense, float>, packed_matrix<dense, bf16>, packed_matrix<dense, int8<32>>,
            packed_matrix<dense, int4<32>>, packed_matrix<bitmap, float>, packed_matrix<bitmap, bf16>,
            packed_matrix<bitmap, int4<32>>, packed_matrix<nm<2, 4>, bf16>, sparse_matrix<csr, float>>;

  LACUNA_INLINE any_linear() = default;
  /// Takes over the matrix; a view's arrays must outlive the layer.
  template <sparse_operand A, class Tokens = all_tokens>
  requires(std::is_object_v<A>&& std::same_as<value_t<codec_type_of<A>>, float>) LACUNA_INLINE
      explicit any_linear(A a, Tokens = {})
      : layer_(new detail::linear_layer_of<A, Tokens>(std::move(a))) {}

  LACUNA_INLINE index_t rows() const { return layer_ ? layer_->rows : 0; }
  LACUNA_INLINE index_t cols() const { return layer_ ? layer_->cols : 0; }
  /// Of the matrix, as stored_bytes counts them.
  LACUNA_INLINE std::size_t bytes() const { return layer_ ? layer_->bytes : 0; }
  /// "panel<bitmap,2> x bf16"; "nothing" for an empty one.
  LACUNA_INLINE std::string form() const { return layer_ ? layer_->form() : "nothing"; }

  /// Behind linear(where, layer, x, y, finish); X is rows of floats, or token_codes<float>.
  template <class X>
  LACUNA_INLINE void run(const exec<pool_ref>& where, const X& x, matrix_view<float> y,
                         const epilogue::erased& finish = {}) const {
    if (!layer_) fail(errc::argument, "linear: need a layer that holds a matrix; got an empty one");
    layer_->run(where, x, y, finish);
  }

 private:
  std::unique_ptr<const detail::linear_layer> layer_;
};

}  // namespace lacuna
