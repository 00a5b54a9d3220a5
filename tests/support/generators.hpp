#pragma once
// SPDX-License-Identifier: BSL-1.0
// Seeded random matrices and what compares them. The same seed gives the same matrix with every compiler and
// standard library, so a printed seed is enough to repeat a failure.
#include <cstdint>
#include <lacuna/core/matrix.hpp>
#include <string>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// splitmix64: every seed, 0 too, gives a good stream.
class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// In [0, n).
  index_t below(index_t n) { return static_cast<index_t>(next() % static_cast<std::uint64_t>(n)); }
  bool chance(double p) { return uniform() < p; }
  /// k / 8 with 1 <= |k| <= 127: not zero, and every codec of 7 significant bits or more stores it exactly.
  float exact() {
    const auto k = static_cast<float>(1 + below(127));
    return (chance(0.5) ? k : -k) / 8;
  }
  /// In (-1, 1), all bits of a float's fraction in use.
  float any() { return static_cast<float>(2 * uniform() - 1); }

 private:
  std::uint64_t state_;
};

/// rows x cols with about density * rows * cols values next_value(random_source&), zeros elsewhere.
template <class T = float, class Layout = row_major, class NextValue>
matrix<T, Layout> random_matrix(index_t rows, index_t cols, double density, std::uint64_t seed,
                                NextValue next_value) {
  random_source random(seed);
  matrix<T, Layout> m(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j)
      if (random.chance(density)) m(i, j) = T(next_value(random));
  return m;
}

/// The same with values that every codec stores exactly.
template <class T = float, class Layout = row_major>
matrix<T, Layout> random_matrix(index_t rows, index_t cols, double density, std::uint64_t seed) {
  return random_matrix<T, Layout>(rows, cols, density, seed, [](random_source& r) { return r.exact(); });
}

/// A matrix that pattern P can hold: at most N in a group for N:M, anything else elsewhere. With `whole`, one
/// that fills every slot of P (all of N, whole blocks, all of dense), for codecs that have no zero.
template <class P>
matrix<float> random_for(index_t rows, index_t cols, double density, std::uint64_t seed, bool whole = false) {
  random_source random(seed);
  matrix<float> m(rows, cols);
  if constexpr (requires { P::M; }) {
    for (index_t i = 0; i < rows; ++i)
      for (index_t j0 = 0; j0 < cols; j0 += P::M) {
        index_t width = cols - j0 < P::M ? cols - j0 : P::M, left = width < P::N ? width : P::N;
        for (index_t f = 0; f < width; ++f) {
          const bool must = whole && left == width - f;
          if (left > 0 && (must || random.chance(density))) m(i, j0 + f) = random.exact(), --left;
        }
      }
    return m;
  }
  index_t r = 1, c = 1;
  if constexpr (requires { P::R; })
    if (whole) r = P::R, c = P::C;
  if (whole && P::filled && r * c == 1) density = 1;  // dense
  for (index_t i0 = 0; i0 < rows; i0 += r)
    for (index_t j0 = 0; j0 < cols; j0 += c)
      if (random.chance(density))
        for (index_t i = i0; i < i0 + r && i < rows; ++i)
          for (index_t j = j0; j < j0 + c && j < cols; ++j) m(i, j) = random.exact();
  return m;
}

/// Where two dense operands differ first, "" if they are equal; a NaN equals a NaN.
template <dense_operand A, dense_operand B>
std::string difference(const A& a, const B& b) {
  const auto x = as_view(a);
  const auto y = as_view(b);
  if (x.rows() != y.rows() || x.cols() != y.cols())
    return shape_text(x.rows(), x.cols()) + " and " + shape_text(y.rows(), y.cols());
  for (index_t i = 0; i < x.rows(); ++i)
    for (index_t j = 0; j < x.cols(); ++j) {
      const auto p = static_cast<double>(x(i, j)), q = static_cast<double>(y(i, j));
      if (p != q && !(p != p && q != q))
        return std::string("(") + std::to_string(i) + ", " + std::to_string(j) + "): " + std::to_string(p) +
               " and " + std::to_string(q);
    }
  return {};
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
