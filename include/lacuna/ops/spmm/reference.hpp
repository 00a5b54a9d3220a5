#pragma once
// SPDX-License-Identifier: BSL-1.0
// The plain product: what every faster loop must agree with, for any pattern that can visit its rows.
#include <lacuna/core/matrix.hpp>
#include <lacuna/exec/partition.hpp>
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// y(m, n) = finish(sum over the stored values of row m of value * x(k, n), m, n) for the rows of r.
template <pattern P, codec C, class X, class Y, class Epilogue>
void product_reference(const sparse_view<P, C>& a, row_range r, const X& x, const Y& y,
                       const Epilogue& finish) {
  for (index_t m = r.first; m < r.last; ++m)
    for (index_t n = 0; n < y.cols(); ++n) {
      value_t<C> sum{0};
      a.visit_row(m, [&](index_t k, value_t<C> v) { sum += v * x(k, n); });
      y(m, n) = finish(sum, m, n);
    }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
