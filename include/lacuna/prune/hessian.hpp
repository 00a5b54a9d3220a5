#pragma once
// SPDX-License-Identifier: BSL-1.0
// How much the output of a layer feels a change of its weights, from the tokens of a calibration run.
//
//   H = X^T X / tokens + damping * mean of its diagonal * I          the loss of a row w -> v:  (v - w) H (v - w)^T
//
//   auto h = activation_hessian(x);                    x[tokens, cols]
//   auto d = inverse_diagonal(h);                      what score::obs asks for
//   refine(w, kept, h);                                prune/refine.hpp
//
// Dense, cols x cols, for the time of pruning: 64 MB for 4096 columns (twice that in doubles while it is inverted).
#include <cmath>
#include <lacuna/core/matrix.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Fails with errc::argument unless damping >= 0, with errc::shape without tokens, with errc::data unless all are finite.
template <dense_operand X>
matrix<float> activation_hessian(const X& x, double damping = 0.01) {
  const auto v = as_view(x);
  const index_t n = v.cols(), tokens = v.rows();
  if (!(damping >= 0)) fail(errc::argument, "activation_hessian: need damping >= 0");
  if (tokens == 0) fail(errc::shape, "activation_hessian: need a token; got X " + shape_text(0, n));
  constexpr index_t band = 16;
  matrix<float> h(n, n);
  buffer<double> sums(checked_product("activation_hessian", band, n)), token(n);
  double trace = 0;
  for (index_t i0 = 0; i0 < n; i0 += band) {
    const index_t rows = i0 + band < n ? band : n - i0;
    sums.clear();
    for (index_t t = 0; t < tokens; ++t) {
      for (index_t j = i0; j < n; ++j) token[j] = static_cast<double>(v(t, j));
      for (index_t r = 0; r < rows; ++r) {
        const double w = token[i0 + r];
        double* const line = sums.data() + r * n;
        for (index_t j = i0; j < n; ++j) line[j] += w * token[j];
      }
    }
    for (index_t r = 0; r < rows; ++r) {
      trace += sums[r * n + i0 + r] / static_cast<double>(tokens);
      for (index_t j = i0 + r; j < n; ++j)
        h(j, i0 + r) = h(i0 + r, j) = static_cast<float>(sums[r * n + j] / static_cast<double>(tokens));
    }
  }
  if (!std::isfinite(trace)) fail(errc::data, "activation_hessian: need finite tokens");
  const auto added = static_cast<float>(n > 0 ? damping * trace / static_cast<double>(n) : 0);
  for (index_t j = 0; j < n; ++j) h(j, j) += added;
  return h;
}

namespace kernel {

/// Rows that share a pass over a square matrix.
inline constexpr index_t hessian_band = 8;

/// U of H = U^T U, row by row, zeros below; false when H is not positive definite.
inline bool cholesky(matrix_view<const float> h, matrix<double>& u) {
  const index_t n = h.rows();
  const auto take = [&](index_t i, index_t above) {  // row i without what row `above` has of it
    const double f = u(above, i);
    const double* const from = u.data() + above * n;
    double* const to = u.data() + i * n;
    for (index_t k = i; k < n; ++k) to[k] -= f * from[k];
  };
  for (index_t i0 = 0; i0 < n; i0 += hessian_band) {
    const index_t end = i0 + hessian_band < n ? i0 + hessian_band : n;
    for (index_t i = i0; i < end; ++i)
      for (index_t k = i; k < n; ++k) u(i, k) = static_cast<double>(h(i, k));
    for (index_t above = 0; above < i0; ++above)
      for (index_t i = i0; i < end; ++i) take(i, above);
    for (index_t i = i0; i < end; ++i) {
      for (index_t above = i0; above < i; ++above) take(i, above);
      if (!(u(i, i) > 0)) return false;
      const double root = std::sqrt(u(i, i));
      for (index_t k = i; k < n; ++k) u(i, k) /= root;
    }
  }
  return true;
}

}  // namespace kernel

/// The diagonal of H^-1. Fails with errc::shape unless H is square, with errc::data unless it is positive definite.
template <dense_operand H>
buffer<float> inverse_diagonal(const H& hessian) {
  const matrix_view<const float> h = as_view(hessian);
  const index_t n = h.rows();
  if (h.cols() != n)
    fail(errc::shape, "inverse_diagonal: need a square matrix; got " + shape_text(n, h.cols()));
  matrix<double> u(n, n);
  if (!kernel::cholesky(h, u))
    fail(errc::data,
         "inverse_diagonal: need a positive definite matrix: give activation_hessian more damping");
  // H^-1 = V V^T with V = U^-1; row j of V solves v U = e_j.
  constexpr index_t band = kernel::hessian_band;
  buffer<float> diagonal(n);
  buffer<double> rows(checked_product("inverse_diagonal", band, n));
  for (index_t j0 = 0; j0 < n; j0 += band) {
    const index_t count = j0 + band < n ? band : n - j0;
    double squares[band] = {};
    rows.clear();
    for (index_t r = 0; r < count; ++r) rows[r * n + j0 + r] = 1;
    for (index_t k = j0; k < n; ++k) {
      const double* const from = u.data() + k * n;
      for (index_t r = 0; r < count; ++r) {
        double* const to = rows.data() + r * n;
        const double v = to[k] / from[k];
        squares[r] += v * v;
        for (index_t m = k + 1; m < n; ++m) to[m] -= v * from[m];
      }
    }
    for (index_t r = 0; r < count; ++r) diagonal[j0 + r] = static_cast<float>(squares[r]);
  }
  return diagonal;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
