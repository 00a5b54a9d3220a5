#pragma once
// SPDX-License-Identifier: BSL-1.0
// What every verb must give, in double and in the plainest words, with the bound for each element.
//
//   oracle::spmm(w, x)      w: the dense m x k matrix of the stored values, x: k x n
//   oracle::linear(w, x)    x: t x k, result t x m
//   oracle::stage           the epilogues: value and error go through each
#include <lacuna/core/matrix.hpp>

#include "support/near.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {
namespace oracle {

/// Sums that take more than one register add `lanes` and a few chains to the additions behind a result.
inline constexpr index_t more_additions = 16 + 4;

/// sum over k of w(k) * x(k), for kernels that compute in T. The oracle's own rounding is in the bound, too.
template <class T, class W, class X>
approx dot(index_t k, const W& w, const X& x) {
  double sum = 0, magnitude = 0;
  for (index_t i = 0; i < k; ++i) {
    const double p = static_cast<double>(w(i)) * static_cast<double>(x(i));
    sum += p;
    magnitude += std::fabs(p);
  }
  const index_t n = k + more_additions;
  const double tiny = static_cast<double>(std::numeric_limits<T>::denorm_min());
  return {sum, (gamma(n, unit_roundoff<T>) + gamma(n, unit_roundoff<double>)) * magnitude +
                   static_cast<double>(n) * tiny};
}

template <dense_operand W, dense_operand X>
expectation spmm(const W& a, const X& b) {
  const auto w = as_view(a);
  const auto x = as_view(b);
  using T = std::remove_const_t<typename decltype(as_view(b))::element>;
  expectation y(w.rows(), x.cols());
  for (index_t m = 0; m < y.rows(); ++m)
    for (index_t n = 0; n < y.cols(); ++n)
      y(m, n) = dot<T>(
          w.cols(), [&](index_t k) { return w(m, k); }, [&](index_t k) { return x(k, n); });
  return y;
}

template <dense_operand W, dense_operand X>
expectation linear(const W& a, const X& b) {
  const auto w = as_view(a);
  const auto x = as_view(b);
  using T = std::remove_const_t<typename decltype(as_view(b))::element>;
  expectation y(x.rows(), w.rows());
  for (index_t t = 0; t < y.rows(); ++t)
    for (index_t m = 0; m < y.cols(); ++m)
      y(t, m) = dot<T>(
          w.cols(), [&](index_t k) { return w(m, k); }, [&](index_t k) { return x(t, k); });
  return y;
}

/// One column.
template <dense_operand W, vector_operand X>
expectation spmv(const W& w, const X& x) {
  return spmm(w, as_column(x));
}

/// Each stage rounds once per operation, in float: u * |what comes out|.
namespace stage {

inline constexpr double u = unit_roundoff<float>;

inline approx add(approx v, double r) {
  const double sum = v.value + r;
  return {sum, v.error + u * (std::fabs(sum) + v.error)};
}
inline approx scale(approx v, double factor) {
  const double product = v.value * factor, error = v.error * std::fabs(factor);
  return {product, error + u * (std::fabs(product) + error)};
}
inline approx relu(approx v) { return {v.value < 0 ? 0 : v.value, v.error}; }  // slope 0 or 1
/// v / (1 + exp(-v)): |slope| < 1.1; exp (2 u, a unit in the last place), + and / round: 4 u and their
/// products.
inline approx silu(approx v) {
  const double y = v.value / (1 + std::exp(-v.value)), error = 1.1 * v.error;
  return {y, error + 5 * u * (std::fabs(y) + error)};
}

}  // namespace stage
}  // namespace oracle
}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
