// SPDX-License-Identifier: BSL-1.0
// Skipping through visit_row and with every arch, and laws of the regime.
#include "ops/skip.hpp"

#include "ops/outside.hpp"
#include "simd/twin.hpp"

using namespace lacuna;
using best = simd::best;

TEST_CASE("skipping through visit_row " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<best, bsr<4, 4>, float, bf16>(0.1);
  test::check_pattern<best, dense, float>(0.3);
  test::check_pattern<best, test::runs, float, test::halved<bf16>>(0.3);
}

TEMPLATE_LIST_TEST_CASE("skipping with each arch of the flags " LACUNA_TEST_ISA, "[ops]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<TestType, csr, float>(0.2);
  test::check_pattern<TestType, bitmap, float>(0.2);
  test::check_pattern<TestType, nm<2, 4>, float>(0.5);
}

TEST_CASE("skipping in patterns without values " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  auto w = test::random_matrix(33, 150, 0.2, 5);
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t k = 0; k < w.cols(); ++k) w(i, k) = w(i, k) != 0 ? 1.0f : 0.0f;
  const auto x = test::random_matrix(150, 37, 1, 6);
  const auto want = test::oracle::spmm(w, x);
  const auto check = [&](const auto& a) {
    matrix<float> y(33, 37);
    test::skip<best>(a.view(), 2, x.view(), y.view());
    CHECK(test::misses(y, want) == "");
  };
  check(encode<csr, ones>(w));
  check(encode<bitmap, ones>(w));
  check(encode<bsr<1, 1>, ones>(w));
}

TEST_CASE("skipping gives the same bits for any cut of the rows " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::random_matrix(1300, 200, 0.2, 7, [](test::random_source& r) { return r.any(); });
  const auto x = test::random_matrix(200, 70, 1, 8, [](test::random_source& r) { return r.any(); });
  const auto check = [&](const auto& a) {
    for (const int vectors : {1, 2, 4, 8}) {
      matrix<float> whole(1300, 70), cut(1300, 70);
      test::skip<best>(a.view(), vectors, x.view(), whole.view());
      for (const index_t pieces : {2, 7, 1300}) {
        test::skip<best>(a.view(), vectors, x.view(), cut.view(), pieces);
        CHECK(std::memcmp(whole.data(), cut.data(), sizeof(float) * 1300 * 70) == 0);
      }
    }
  };
  check(encode<csr, float>(w));
  check(encode<bitmap, float>(w));
  check(encode<test::runs, float>(w));
}

TEST_CASE("skipping and epilogues " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::random_matrix(35, 90, 0.3, 9), x = test::random_matrix(90, 41, 1, 10),
             shift = test::random_matrix(35, 1, 1, 11), old = test::random_matrix(35, 41, 1, 12);
  auto want = test::oracle::spmm(w, x);
  for (index_t m = 0; m < 35; ++m)
    for (index_t n = 0; n < 41; ++n)
      want(m, n) = test::oracle::stage::relu(
          test::oracle::stage::add(test::oracle::stage::add(want(m, n), static_cast<double>(old(m, n))),
                                   static_cast<double>(shift(m, 0))));
  const auto check = [&](auto y) {
    for (index_t m = 0; m < 35; ++m)
      for (index_t n = 0; n < 41; ++n) y(m, n) = old(m, n);
    const auto stages =
        epilogue::accumulate{} | epilogue::bias{array_view<const float>(shift.data(), 35)} | epilogue::relu{};
    const auto a = encode<csr, float>(w);
    test::skip<best>(a.view(), 2, x.view(), y.view(), 3, epilogue::bind(stages, y.view()));
    CHECK(test::misses(y, want) == "");
  };
  check(matrix<float, row_major>(35, 41));
  check(matrix<float, col_major>(35, 41));
}
