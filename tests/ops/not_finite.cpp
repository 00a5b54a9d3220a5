// SPDX-License-Identifier: BSL-1.0
// NaN and infinity: what is stored always counts; what is not stored never reaches a csr row.
#include <cmath>
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"

using namespace lacuna;

namespace {

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

/// Y by linear and by spmm, native and scalar: f(y(t, m)) for each.
template <class A, class F>
void for_each_product(const A& a, const matrix<float>& x, const F& f) {
  matrix<float, col_major> by_column(x.cols(), x.rows());
  matrix<float> by_row(x.cols(), x.rows());
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t k = 0; k < x.cols(); ++k) by_column(k, t) = by_row(k, t) = x(t, k);
  matrix<float> y(x.rows(), a.rows()), z(a.rows(), x.rows());
  linear(a, x, y);
  f(y.view(), "linear");
  spmm(a, by_row, z);
  f(transposed(std::as_const(z)), "spmm");
  linear(exec{serial{}, scalar{}}, a, x, y);
  f(y.view(), "linear, scalar");
}

/// All of row m is NaN and nothing else is.
template <class Y>
std::string only_row_is_nan(const Y& y, index_t row) {
  for (index_t t = 0; t < y.rows(); ++t)
    for (index_t m = 0; m < y.cols(); ++m)
      if (std::isnan(y(t, m)) != (m == row))
        return "token " + std::to_string(t) + ", row " + std::to_string(m);
  return {};
}

/// 0 to 40 values in a row: whole registers and every tail.
matrix<float> growing_rows() {
  matrix<float> w(41, 83);
  test::random_source random(9);
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t n = 0; n < i; ++n) w(i, 2 * n + random.below(2)) = random.exact();
  return w;
}

}  // namespace

TEMPLATE_TEST_CASE("a stored NaN reaches its row and no other " LACUNA_TEST_ISA, "[ops]", dense, csr, bitmap,
                   (nm<2, 4>), (bsr<4, 4>), panel<bitmap>, panel<dense>, (panel<nm<2, 4>>)) {
  LACUNA_REQUIRE_ISA();
  using P = TestType;
  CAPTURE(P::name());
  const auto w = test::random_for<P>(18, 69, 0.3, 11);
  const auto x = test::random_matrix(9, 69, 1, 12);
  const auto a = encode<P, float>(w);
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t k = 0; k < w.cols(); ++k) {
      if (w(i, k) == 0) continue;
      auto poisoned = a;
      P::visit_row(a.view().where(), i, [&](index_t column, index_t slot) {
        if (column == k) poisoned.values()[slot] = (i + k) % 2 == 0 ? nan_value : -nan_value;
      });
      for_each_product(poisoned, x, [&](const auto& y, const char* what) {
        const std::string wrong = only_row_is_nan(y, i);
        if (!wrong.empty()) CHECK(std::string(what) + " " + shape_text(i, k) + " " + wrong == "");
      });
    }
  CHECK(a.nnz() > 0);
}

TEMPLATE_TEST_CASE("a stored zero times infinity is NaN " LACUNA_TEST_ISA, "[ops]", csr, bitmap) {
  LACUNA_REQUIRE_ISA();
  const auto w = growing_rows();
  const auto kept = encode<bitmap, ones>(w);
  const auto a = encode<TestType, float>(matrix<float>(w.rows(), w.cols()), kept);
  matrix<float> x(9, w.cols());
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t k = 0; k < x.cols(); ++k) x(t, k) = inf;
  for_each_product(a, x, [&](const auto& y, const char* what) {
    CAPTURE(what);
    for (index_t m = 1; m < w.rows(); ++m)
      for (index_t t = 0; t < x.rows(); ++t) REQUIRE(std::isnan(y(t, m)));
  });
}

TEMPLATE_TEST_CASE("a csr row reads the tokens only where it has values " LACUNA_TEST_ISA, "[ops]", csr,
                   (basic_csr<std::uint16_t, std::int32_t>)) {
  LACUNA_REQUIRE_ISA();
  const auto w = growing_rows();
  const auto a = encode<TestType, float>(w);
  const auto finite = test::random_matrix(9, w.cols(), 1, 13);
  for (index_t i = 0; i < w.rows(); ++i) {
    auto x = finite;
    for (index_t t = 0; t < x.rows(); ++t)
      for (index_t k = 0; k < x.cols(); ++k)
        if (w(i, k) == 0) x(t, k) = k % 2 == 0 ? inf : nan_value;
    const auto want = test::oracle::linear(w, finite);
    for_each_product(a, x, [&](const auto& y, const char* what) {
      CAPTURE(what, i);
      for (index_t t = 0; t < x.rows(); ++t) REQUIRE(test::is_near(static_cast<double>(y(t, i)), want(t, i)));
    });
  }
}

TEST_CASE("infinity goes through " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  auto w = test::random_matrix(5, 33, 0.5, 14);
  w(2, 32) = inf;
  w(3, 0) = -inf;
  const auto x = test::random_matrix(9, 33, 1, 15);
  const auto want = test::oracle::linear(w, x);
  for_each_product(encode<csr, bf16>(w), x, [&](const auto& y, const char* what) {
    CAPTURE(what);
    CHECK(test::misses(y, want) == "");
  });
}
