// SPDX-License-Identifier: BSL-1.0
// gather_gemm: chosen rows as linear gives them, the others bit for bit as they were; runs, scattered rows and their
// mixtures, gathering, scattering, epilogues, threads, refusals. Sums of values k / 8 are exact: results are equal.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

constexpr index_t tokens = 700, depth = 40, features = 35;

std::vector<index_t> rows_where(bool (*keep)(index_t)) {
  std::vector<index_t> rows;
  for (index_t t = 0; t < tokens; ++t)
    if (keep(t)) rows.push_back(t);
  return rows;
}
/// None, one, all; scattered more than a tile; blocks of 64 as LeMo keeps; runs of 31 to 33 and single rows between.
std::vector<std::vector<index_t>> choices() {
  return {{},
          {0},
          {tokens - 1},
          rows_where([](index_t) { return true; }),
          rows_where([](index_t t) { return t % 2 == 1; }),
          rows_where([](index_t t) { return t / 64 % 3 == 1; }),
          rows_where([](index_t t) { return t % 67 < 31 || t % 67 == 40 || (t > 300 && t % 67 < 33); })};
}

template <class A>
void check_weight(const A& a, const matrix<float>& w, const std::string& what) {
  const auto x = test::random_matrix(tokens, depth, 1, 3);
  const auto before = test::random_matrix(tokens, features, 1, 4);
  matrix<float> all(tokens, features);
  linear(encode<dense, float>(w), x, all);
  for (const auto& rows : choices()) {
    CAPTURE(what, rows.size());
    auto want = before, added = before;
    const auto n = index_t(rows.size());
    matrix<float> few(n, features), few_want(n, features), few_x(n, depth);
    for (index_t i = 0; i < n; ++i)
      for (index_t m = 0; m < features; ++m) {
        const index_t t = rows[std::size_t(i)];
        want(t, m) = few_want(i, m) = all(t, m), added(t, m) += all(t, m);
        for (index_t k = 0; k < depth; ++k) few_x(i, k) = x(t, k);
      }
    test::gapped<float> y(before, 3);
    gather_gemm(a, x, rows, y.view());
    CHECK(test::difference(y.view(), want) == "");
    CHECK(y.gaps_intact());
    test::gapped<float> sum(before, 5);
    gather_gemm(a, x, rows, sum.view(), epilogue::accumulate{});
    CHECK(test::difference(sum.view(), added) == "");
    gather_gemm(a, x, rows, few, every_row{});
    CHECK(test::difference(few, few_want) == "");
    test::gapped<float> scattered(before, 0);
    gather_gemm(a, few_x, every_row{}, scattered.view(), rows, epilogue::accumulate{});
    CHECK(test::difference(scattered.view(), added) == "");
  }
}

}  // namespace

TEST_CASE("gather_gemm: rows of linear, the others as they were " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::random_matrix(features, depth, 0.5, 1);
  check_weight(encode<csr, float>(w), w, "csr");
  check_weight(pack(encode<bitmap, bf16>(w)), w, "bitmap, packed");
  check_weight(pack(encode<dense, float>(w)), w, "dense, packed");
}

TEST_CASE("gather_gemm: a layer that hides its type; stages see rows of Y " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::random_matrix(features, depth, 0.5, 1), x = test::random_matrix(tokens, depth, 1, 3);
  const any_linear layer(pack(encode<bitmap, float>(w)));
  const auto rows = choices()[6];
  matrix<float> by_type(tokens, features), hidden(tokens, features);
  std::vector<float> b(std::size_t(features), 0.5f);
  const auto stage = [](float v, index_t m, index_t t) { return v + float(t * 100 + m); };
  gather_gemm(pack(encode<bitmap, float>(w)), x, rows, by_type, epilogue::bias{b} | stage);
  gather_gemm(layer, x, rows, hidden, epilogue::bias{b} | stage);
  CHECK(test::difference(by_type, hidden) == "");
  const auto want = test::oracle::linear(w, x);
  for (const index_t t : rows) CHECK(double(hidden(t, 7)) == want(t, 7).value + 0.5 + double(t * 100 + 7));
}

TEST_CASE("gather_gemm: any number of threads gives the same bits, a workspace all memory " LACUNA_TEST_ISA,
          "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto any = [](test::random_source& r) { return r.any(); };
  const auto w = test::random_matrix(features, depth, 0.5, 1, any),
             x = test::random_matrix(tokens, depth, 1, 3, any);
  const auto a = pack(encode<bitmap, float>(w));
  const auto rows = choices()[6];
  matrix<float> one(tokens, features), three(tokens, features);
  gather_gemm(a, x, rows, one);
  const test::pool pool(3);
  workspace memory;
  const exec where{pool_ref{pool, 3}, native{}, &memory};
  gather_gemm(where, a, x, rows, three);
  CHECK(test::difference(one, three) == "");
  const auto bytes = memory.bytes();
  gather_gemm(where, a, x, rows, three);
  CHECK(memory.bytes() == bytes);
  const auto want = test::oracle::linear(w, x);
  for (const index_t t : rows)
    for (index_t m = 0; m < features; ++m) CHECK(test::is_near(double(one(t, m)), want(t, m)));
}

TEST_CASE("gather_gemm: refusals " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = encode<csr, float>(test::random_matrix(3, 5, 0.5, 1));
  matrix<float> x(6, 5), y(6, 3), square(6, 6);
  const auto said = [&](const std::vector<index_t>& from, const std::vector<index_t>& to) {
    return test::refusal([&] { gather_gemm(a, x, from, y, to); });
  };
  CHECK(said({0, 2}, {1, 5}) == "nothing");
  CHECK(said({2, 2}, {1, 5}) ==
        "argument: gather_gemm: need row numbers of X that ascend in [0, 6); got 2 at 1");
  CHECK(said({0, 1}, {5, 4}) ==
        "argument: gather_gemm: need row numbers of Y that ascend in [0, 6); got 4 at 1");
  CHECK(said({0, 6}, {1, 5}).find("got 6 at 1") != std::string::npos);
  CHECK(said({-1, 2}, {1, 5}).find("got -1 at 0") != std::string::npos);
  CHECK(said({0}, {1, 5}) ==
        "shape: gather_gemm: need rows of X[t,k] * A[m,k]^T -> as many rows of Y[u,m]; got A 3x5, X 1x5, Y "
        "2x3");
  const auto b = encode<csr, float>(test::random_matrix(6, 6, 0.5, 1));
  CHECK(test::refusal([&] {
          gather_gemm(b, square, std::vector<index_t>{1}, square);
        }).find("X and Y in different memory") != std::string::npos);
}
