// SPDX-License-Identifier: BSL-1.0
// Products of real matrices, in every form that fits, against sums in double.
#include <lacuna/ops.hpp>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/oracle.hpp"

using namespace lacuna;

namespace {

/// Row by row from the stored values alone; the zeros that a form fills in add nothing, rounding included.
test::expectation true_product(const sparse_matrix<csr, float>& a, const matrix<float>& x) {
  test::expectation y(x.rows(), a.rows());
  std::vector<index_t> columns;
  std::vector<float> values;
  for (index_t m = 0; m < a.rows(); ++m) {
    columns.clear();
    values.clear();
    a.view().visit_row(m, [&](index_t k, float v) {
      columns.push_back(k);
      values.push_back(v);
    });
    const auto at = [](const auto& v, index_t i) { return v[static_cast<std::size_t>(i)]; };
    for (index_t t = 0; t < x.rows(); ++t)
      y(t, m) = test::oracle::dot<float>(
          static_cast<index_t>(values.size()), [&](index_t i) { return at(values, i); },
          [&](index_t i) { return x(t, at(columns, i)); });
  }
  return y;
}

template <pattern P>
void check_form(const std::string& name, const sparse_matrix<csr, float>& a, const matrix<float>& x,
                const test::expectation& want) {
  if (!test::form_fits<P, float>(name, a)) return;
  CAPTURE(P::name());
  const auto b = convert<P>(a);
  matrix<float> y(x.rows(), a.rows()), one(1, a.rows());
  linear(b, x, y);
  CHECK(test::misses(y, want) == "");
  spmv(b, array_view<const float>(x.data(), x.cols()), array_view<float>(one.data(), one.cols()));
  for (index_t m = 0; m < a.rows(); ++m)
    if (!test::is_near(static_cast<double>(one(0, m)), want(0, m))) FAIL_CHECK("spmv: row " << m);
}

}  // namespace

TEST_CASE("products of real matrices " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::for_each_real_matrix([](const std::string& name, const sparse_matrix<csr, float>& a) {
    const auto x = test::random_matrix(3, a.cols(), 1, 21, [](test::random_source& r) { return r.any(); });
    const auto want = true_product(a, x);
    check_form<csr>(name, a, x, want);
    check_form<bitmap>(name, a, x, want);
    check_form<bsr<4, 4>>(name, a, x, want);
    check_form<dense>(name, a, x, want);
  });
}
