#pragma once
// SPDX-License-Identifier: BSL-1.0
// How much a weight is worth: score(value, row, column); the larger, the longer it is kept.
//
//   magnitude      |W_ij|
//   wanda{norms}   |W_ij| * norms[j],  norms[j] = ||X_j||_2 over the tokens of a calibration run
//                  (Sun, Liu, Bair, Kolter 2023, "A Simple and Effective Pruning Approach for LLMs")
//   obs{d}         W_ij^2 / d[j]^2,    d[j] = [H^-1]_jj of the tokens' Hessian (prune/hessian.hpp); summed over groups it is
//                  the saliency of GQSA (arXiv 2412.17560), after the optimal brain surgeon (Hassibi, Stork 1993)
//
// A score of your own is any callable that returns float or double, and the same for the same arguments. If
// it holds sizes, give it `check(rows, cols)`: prune calls that once, before the first score.
#include <cmath>
#include <concepts>
#include <lacuna/core/matrix.hpp>

namespace lacuna {

/// S scores values of type V (float, or double for a matrix of doubles).
template <class S, class V = float>
concept scorer = requires(const S& score, V value, index_t i) {
  { score(value, i, i) } -> std::floating_point;
};

namespace detail {

/// A score borrows a number for each column.
inline void check_a_column(const char* name, const char* what, index_t size, index_t cols) {
  if (size != cols)
    fail(errc::shape, std::string(name) + ": need one " + what + " per column; got " + count_text(size) +
                          " " + what + "s for " + count_text(cols) + " columns");
}

}  // namespace detail

namespace score {

struct magnitude {
  template <std::floating_point V>
  LACUNA_INLINE V operator()(V value, index_t, index_t) const {
    return std::fabs(value);
  }
};

/// Borrows one norm per column. The product is taken in double, where it is exact for floats: weights with
/// different products never tie by rounding.
struct wanda {
  array_view<const float> norms;

  LACUNA_INLINE void check(index_t, index_t cols) const {
    detail::check_a_column("score::wanda", "norm", norms.size(), cols);
  }
  template <std::floating_point V>
  LACUNA_INLINE double operator()(V value, index_t, index_t j) const {
    return std::fabs(static_cast<double>(value)) * static_cast<double>(norms[j]);
  }
};

/// Borrows one number per column. What a weight costs when the others make up for it, but for a factor of its column.
struct obs {
  array_view<const float> d;

  LACUNA_INLINE void check(index_t, index_t cols) const {
    detail::check_a_column("score::obs", "number", d.size(), cols);
  }
  template <std::floating_point V>
  LACUNA_INLINE double operator()(V value, index_t, index_t j) const {
    const double r = static_cast<double>(value) / static_cast<double>(d[j]);
    return r * r;
  }
};

}  // namespace score

inline namespace LACUNA_ARCH {

/// The L2 norm of each column of x[tokens, cols], summed in double: what score::wanda asks for.
template <dense_operand X>
buffer<float> activation_norms(const X& x) {
  const auto v = as_view(x);
  buffer<double> sums(v.cols());
  const auto add = [&](index_t t, index_t j) {
    const auto a = static_cast<double>(v(t, j));
    sums[j] += a * a;
  };
  if constexpr (std::remove_const_t<decltype(v)>::by_rows) {
    for (index_t t = 0; t < v.rows(); ++t)
      for (index_t j = 0; j < v.cols(); ++j) add(t, j);
  } else {
    for (index_t j = 0; j < v.cols(); ++j)
      for (index_t t = 0; t < v.rows(); ++t) add(t, j);
  }
  buffer<float> norms(v.cols());
  for (index_t j = 0; j < v.cols(); ++j) norms[j] = static_cast<float>(std::sqrt(sums[j]));
  return norms;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
