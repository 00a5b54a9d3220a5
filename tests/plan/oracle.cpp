// SPDX-License-Identifier: BSL-1.0
#include <lacuna/plan/oracle.hpp>
#include <lacuna/plan/seeded.hpp>

#include "plan/made.hpp"
#include "support/catch.hpp"

using namespace lacuna;

namespace {

/// The plain product, rounded to float once.
matrix<float> rounded_product(const sparse_matrix<csr, float>& a, const matrix<float>& x) {
  matrix<float> y(x.rows(), a.rows());
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t i = 0; i < a.rows(); ++i) {
      double sum = 0;
      a.view().visit_row(
          i, [&](index_t k, float v) { sum += static_cast<double>(v) * static_cast<double>(x(t, k)); });
      y(t, i) = static_cast<float>(sum);
    }
  return y;
}

}  // namespace

TEST_CASE("the oracle measures |y - sum| / sum |w||x|", "[plan]") {
  const auto a = test::unstructured(40, 33, 0.4, 1);
  const matrix<float> x = plan::normal_matrix(5, 33, 2);
  const plan::oracle truth(a, x);
  CHECK(truth.rows() == 40);
  matrix<float> y = rounded_product(a, x);
  CHECK(truth.error_of(y.view()) <= 0x1p-24);

  SECTION("fewer tokens are the first ones") {
    CHECK(truth.error_of(matrix_view<const float>(y.data(), 3, 40)) <= 0x1p-24);
  }
  SECTION("one wrong output is seen, whichever") {
    const index_t t = GENERATE(0, 2, 4), i = GENERATE(0, 17, 39);
    double size = 0;
    a.view().visit_row(i, [&](index_t k, float v) {
      size += std::fabs(static_cast<double>(v) * static_cast<double>(x(t, k)));
    });
    y(t, i) += static_cast<float>(size);
    CHECK_THAT(truth.error_of(y.view()), Catch::Matchers::WithinAbs(1, 1e-5));
  }
  SECTION("an output that was not written is infinitely wrong") {
    y(1, 3) = std::numeric_limits<float>::quiet_NaN();
    CHECK(truth.error_of(y.view()) == std::numeric_limits<double>::infinity());
  }
}

TEST_CASE("an empty row must give zero", "[plan]") {
  const auto a = test::unstructured(3, 4, 0, 3);
  const matrix<float> x = plan::normal_matrix(2, 4, 4);
  matrix<float> y(2, 3);
  CHECK(plan::oracle(a, x).error_of(y.view()) == 0);
  y(0, 0) = 1e-30f;
  CHECK(plan::oracle(a, x).error_of(y.view()) == std::numeric_limits<double>::infinity());
}

TEST_CASE("a weight that is not finite does not hide the others", "[plan]") {
  auto a = test::unstructured(8, 16, 0.9, 5);
  a.values()[0] = std::numeric_limits<float>::infinity();
  const matrix<float> x = plan::normal_matrix(1, 16, 6);
  matrix<float> y = rounded_product(a, x);
  const plan::oracle truth(a, x);
  CHECK(truth.error_of(y.view()) <= 0x1p-24);
  y(0, 7) += 100;
  CHECK(truth.error_of(y.view()) > 0.1);
}

TEST_CASE("a large product is checked on rows of every residue", "[plan]") {
  const auto a = test::unstructured(1024, 16, 1, 7);
  const matrix<float> x = plan::normal_matrix(1, 16, 8);
  const plan::oracle truth(a, x, 1024.0 * 16);  // 8 padded tokens: an eighth of the rows
  CHECK(truth.rows() == 128);
  // Whatever goes wrong with one row of every 16 is met.
  const index_t residue = GENERATE(0, 1, 5, 15);
  matrix<float> y = rounded_product(a, x);
  CHECK(truth.error_of(y.view()) <= 0x1p-24);
  for (index_t i = residue; i < 1024; i += 16) y(0, i) += 100;
  CAPTURE(residue);
  CHECK(truth.error_of(y.view()) > 0.1);
}
