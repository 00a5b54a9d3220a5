#pragma once
// SPDX-License-Identifier: BSL-1.0
// How far a floating-point result may be from the true one: derived for every element, never chosen.
//
//   |computed - sum a b| <= gamma(n) * sum |a| |b| + n * tiny        gamma(n) = n u / (1 - n u)
//
// for n products added in any order, fused or not (Higham, Accuracy and Stability, section 3.1); u is half
// the distance from 1 to the next number, tiny the smallest subnormal, for products that underflow.
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <limits>
#include <string>
#include <vector>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

template <class T>
inline constexpr double unit_roundoff = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;

inline double gamma(index_t n, double u) {
  const double nu = static_cast<double>(n) * u;
  return nu / (1 - nu);
}

/// A true value, and by how much a kernel's result may miss it.
struct approx {
  double value = 0, error = 0;
};

/// A row-major matrix of them.
class expectation {
 public:
  expectation(index_t rows, index_t cols)
      : cols_(cols), rows_(rows), values_(static_cast<std::size_t>(rows * cols)) {}
  index_t rows() const { return rows_; }
  index_t cols() const { return cols_; }
  approx& operator()(index_t i, index_t j) { return values_[static_cast<std::size_t>(i * cols_ + j)]; }
  const approx& operator()(index_t i, index_t j) const {
    return values_[static_cast<std::size_t>(i * cols_ + j)];
  }

 private:
  index_t cols_, rows_;
  std::vector<approx> values_;
};

/// NaN needs NaN, infinity the same infinity, the rest |got - value| <= error.
inline bool is_near(double got, approx want) {
  if (want.value != want.value) return got != got;
  if (std::isinf(want.value)) return got == want.value;
  return std::fabs(got - want.value) <= want.error;
}

/// The first element out of bounds as text, "" when there is none.
template <dense_operand Y>
std::string misses(const Y& y, const expectation& want) {
  const auto v = as_view(y);
  if (v.rows() != want.rows() || v.cols() != want.cols())
    return shape_text(v.rows(), v.cols()) + " for " + shape_text(want.rows(), want.cols());
  for (index_t i = 0; i < v.rows(); ++i)
    for (index_t j = 0; j < v.cols(); ++j)
      if (const auto got = static_cast<double>(v(i, j)); !is_near(got, want(i, j)))
        return "(" + std::to_string(i) + ", " + std::to_string(j) + "): got " + std::to_string(got) +
               ", want " + std::to_string(want(i, j).value) + ", off by " +
               std::to_string(got - want(i, j).value) + ", allowed " +
               std::to_string(want(i, j).error * 1e6) + "e-6";
  return {};
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
