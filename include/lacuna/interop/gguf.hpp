#pragma once
// SPDX-License-Identifier: BSL-1.0
// A GGUF file (llama.cpp), mapped: tensors by name, its weights as matrices without loss.
//
//   F32, F16, BF16, F64   sparse_view<dense, float>, f16, bf16, double          in place
//   Q8_0                  sparse_matrix<dense, int8<32, f16>>    block: d (f16), 32 codes         value = q * d
//   Q4_0                  sparse_matrix<dense, int4<32, f16>>    block: d (f16), 16 bytes         value = (q - 8) * d
//                                                                byte j: weight j low, weight j + 16 high
//
// dims[0] of a tensor is its contiguous dimension: a weight of dims {k, m} is the m x k matrix that linear takes. Checked
// at the door: every count, length, offset and type, names and keys given once, and data that fills the file.
#include <bit>
#include <lacuna/codec/int4.hpp>
#include <lacuna/codec/int8.hpp>
#include <lacuna/format/convert.hpp>
#include <lacuna/format/dense.hpp>
#include <lacuna/format/validate.hpp>
#include <lacuna/interop/gguf_header.hpp>
#include <lacuna/interop/mapped_file.hpp>

namespace lacuna {
namespace detail {

using gguf_q4_0 = int4<32, f16>;
using gguf_q8_0 = int8<32, f16>;

template <class C>
inline constexpr gguf_type gguf_type_of = [] {
  static_assert(sizeof(C) == 0,
                "lacuna: gguf needs float, double, bf16, f16, int8<32, f16> or int4<32, f16>");
  return gguf_type::f32;
}();
template <>
inline constexpr gguf_type gguf_type_of<float> = gguf_type::f32;
template <>
inline constexpr gguf_type gguf_type_of<double> = gguf_type::f64;
template <>
inline constexpr gguf_type gguf_type_of<f16> = gguf_type::f16;
template <>
inline constexpr gguf_type gguf_type_of<bf16> = gguf_type::bf16;
template <>
inline constexpr gguf_type gguf_type_of<gguf_q4_0> = gguf_type::q4_0;
template <>
inline constexpr gguf_type gguf_type_of<gguf_q8_0> = gguf_type::q8_0;

inline namespace LACUNA_ARCH {

/// Rows and columns of a tensor of one dimension (one row) or two.
inline std::pair<index_t, index_t> gguf_shape(const gguf_tensor& t) {
  if (t.dims.size() == 2) return {t.dims[1], t.dims[0]};
  if (t.dims.size() != 1)
    fail(errc::shape,
         "gguf: need 1 or 2 dimensions; got " + count_text(t.dims.size()) + " in " + shown(t.name));
  return {1, t.dims[0]};
}

inline void copy_gguf_block(const std::byte* p, std::int8_t* codes) { std::memcpy(codes, p, 32); }
/// Half bytes j and j + 16 share a byte there, 2n and 2n + 1 here; q - 8 in two's complement is q with a bit turned.
inline void copy_gguf_block(const std::byte* p, std::uint8_t* codes) {
  for (int n = 0; n < 8; ++n) {
    const auto a = static_cast<unsigned>(p[2 * n]), b = static_cast<unsigned>(p[2 * n + 1]);
    codes[n] = static_cast<std::uint8_t>(((a & 15) | (b & 15) << 4) ^ 0x88);
    codes[n + 8] = static_cast<std::uint8_t>((a >> 4 | (b & 0xf0)) ^ 0x88);
  }
}

/// Blocks of d and 32 codes: rows are whole blocks, so cells and codes are in the order of the file.
template <scaled_codec C>
sparse_matrix<dense, C> import_gguf(const gguf_tensor& t, const std::string& file) {
  const auto [rows, cols] = gguf_shape(t);
  sparse_matrix<dense, C> a(rows, cols, {});
  const index_t codes = codec_of<C>::elements(32), block = codes + 2;
  for (index_t b = 0; b < a.scales().size(); ++b) {
    const std::byte* const p = t.bytes.data() + b * block;
    load_number(p, a.scales()[b]);
    copy_gguf_block(p + 2, a.values().data() + b * codes);
  }
  const std::string defect = find_defect(a);
  if (!defect.empty()) fail(errc::data, "gguf: " + defect + " of " + shown(t.name) + " in " + file);
  return a;
}

}  // namespace LACUNA_ARCH
}  // namespace detail

/// The tensors of one file. Views into it are valid as long as it, or what it was moved to, lives.
class gguf {
 public:
  /// Maps the file. Fails with errc::io, errc::data.
  LACUNA_INLINE explicit gguf(const std::string& path)
      : file_(path), name_(path), tensors_(detail::read_gguf(file_.bytes(), name_)) {}
  /// Borrows bytes that are in memory already; `name` is for messages.
  LACUNA_INLINE explicit gguf(array_view<const std::byte> bytes, std::string name = "memory")
      : name_(std::move(name)), tensors_(detail::read_gguf(bytes, name_)) {}

  /// All tensors, sorted by name.
  LACUNA_INLINE array_view<const gguf_tensor> tensors() const { return tensors_; }
  LACUNA_INLINE bool contains(std::string_view name) const { return look_up(name) != nullptr; }
  /// Fails with errc::argument when there is no such tensor.
  LACUNA_INLINE const gguf_tensor& find(std::string_view name) const {
    const gguf_tensor* const t = look_up(name);
    if (t == nullptr)
      fail(errc::argument, "gguf: need the name of a tensor; got " + detail::shown(name) +
                               ", not one of the " + count_text(tensors_.size()) + " in " + name_);
    return *t;
  }

  /// The tensor in place, for C = float, double, f16 or bf16, which must be its type; one dimension is one row. Fails
  /// with errc::argument on another type, errc::shape on more dimensions, errc::data on an alignment that C does not
  /// have (never in a file that is mapped).
  template <unscaled_codec C>
  LACUNA_INLINE sparse_view<dense, C> view(std::string_view name) const {
    static_assert(std::endian::native == std::endian::little,
                  "lacuna: gguf::view needs a little-endian machine; copy works on any");
    const gguf_tensor& t = find_as<C>(name);
    const auto [rows, cols] = detail::gguf_shape(t);
    if (reinterpret_cast<std::uintptr_t>(t.bytes.data()) % alignof(C) != 0 && t.bytes.size() > 0)
      fail(errc::data, "gguf: need an address that is a multiple of " + count_text(alignof(C)) +
                           " for a view; got another one for " + detail::shown(name) +
                           ", which copy() can read, in " + name_);
    return {rows, cols, {}, {reinterpret_cast<const C*>(t.bytes.data()), rows * cols}};
  }

  /// The tensor's own codes and scales, for C = int8<32, f16> (Q8_0) or int4<32, f16> (Q4_0). Also fails with errc::data
  /// on a scale that is not finite.
  template <scaled_codec C>
  LACUNA_INLINE sparse_matrix<dense, C> load(std::string_view name) const {
    return detail::import_gguf<C>(find_as<C>(name), name_);
  }

  /// f(weight) with what view or load of the tensor's own type gives; F64 and the types that have neither are refused with
  /// errc::argument. All calls of f return the same type.
  template <class F>
  LACUNA_INLINE auto visit(std::string_view name, F&& f) const {
    switch (find(name).type) {
      case gguf_type::f32:
        return f(view<float>(name));
      case gguf_type::f16:
        return f(view<f16>(name));
      case gguf_type::bf16:
        return f(view<bf16>(name));
      case gguf_type::q8_0:
        return f(load<detail::gguf_q8_0>(name));
      case gguf_type::q4_0:
        return f(load<detail::gguf_q4_0>(name));
      default:
        refuse_type("F32, F16, BF16, Q8_0 or Q4_0", find(name));
    }
  }

  /// The tensor as floats, from any type that view or load knows. Fails as they do, and with errc::overflow on a double
  /// beyond float.
  LACUNA_INLINE matrix<float> copy(std::string_view name) const {
    const gguf_tensor& t = find(name);
    const auto [rows, cols] = detail::gguf_shape(t);
    const std::byte* const p = t.bytes.data();
    if (t.bytes.size() == 0) return {rows, cols};
    if (t.type == gguf_type::f32) return detail::floats_from<float>(p, rows, cols, row_major{}, "gguf");
    if (t.type == gguf_type::f64) return detail::floats_from<double>(p, rows, cols, row_major{}, "gguf");
    if (t.type == gguf_type::f16) return detail::floats_from<f16>(p, rows, cols, row_major{}, "gguf");
    if (t.type == gguf_type::bf16) return detail::floats_from<bf16>(p, rows, cols, row_major{}, "gguf");
    if (t.type == gguf_type::q8_0) return decode(load<detail::gguf_q8_0>(name));
    if (t.type == gguf_type::q4_0) return decode(load<detail::gguf_q4_0>(name));
    refuse_type("F32, F64, F16, BF16, Q8_0 or Q4_0", t);
  }

 private:
  [[noreturn]] LACUNA_INLINE void refuse_type(const std::string& need, const gguf_tensor& t) const {
    fail(errc::argument, "gguf: need " + need + "; got " + gguf_type_name(t.type) + " in " +
                             detail::shown(t.name) + " of " + name_);
  }
  template <class C>
  LACUNA_INLINE const gguf_tensor& find_as(std::string_view name) const {
    const gguf_tensor& t = find(name);
    if (t.type != detail::gguf_type_of<C>) refuse_type(gguf_type_name(detail::gguf_type_of<C>), t);
    return t;
  }
  LACUNA_INLINE const gguf_tensor* look_up(std::string_view name) const {
    const auto t = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                    [](const gguf_tensor& a, std::string_view b) { return a.name < b; });
    return t != tensors_.end() && t->name == name ? &*t : nullptr;
  }

  mapped_file file_;
  std::string name_;
  std::vector<gguf_tensor> tensors_;
};

}  // namespace lacuna
