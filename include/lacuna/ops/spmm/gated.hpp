#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a piece of rows is multiplied with: one matrix, or a gate and then what it gates (ops/swiglu.hpp).
#include <lacuna/format/sparse_matrix.hpp>
#include <lacuna/ops/epilogue.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Two weights of one form that share a product's tokens (ops/swiglu.hpp); seen from outside it is `up`.
template <pattern P, codec C>
struct gated_view {
  using pattern_type = P;
  using codec_type = C;
  sparse_view<P, C> gate, up;
  LACUNA_INLINE index_t rows() const { return up.rows(); }
  LACUNA_INLINE index_t cols() const { return up.cols(); }
  LACUNA_INLINE index_t nnz() const { return up.nnz(); }
  LACUNA_INLINE const positions<P>& where() const { return up.where(); }
};
/// f(weights, epilogue) for each product of rows.
template <pattern P, codec C, class Epilogue, class F>
LACUNA_INLINE void for_each_product(const sparse_view<P, C>& a, const Epilogue& finish, const F& f) {
  f(a, finish);
}
/// The gate's sums wait in Y for those of `up`, whose epilogue reads them.
template <pattern P, codec C, class Epilogue, class F>
LACUNA_INLINE void for_each_product(const gated_view<P, C>& a, const Epilogue& finish, const F& f) {
  f(a.gate, epilogue::none{});
  f(a.up, finish);
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
