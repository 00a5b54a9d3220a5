// SPDX-License-Identifier: BSL-1.0
// The same bits for any number of threads, whoever owns them.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/pool.hpp"

using namespace lacuna;

namespace {

// Enough products that work is cut: more than 65536 for each pattern, in rows that no grain divides.
constexpr index_t rows = 277, depth = 413, tokens = 21;  // a full pass of 8 tokens, and more

/// Row i is full with a chance of about rows - i: the first pieces have few rows, the last many.
template <class P>
matrix<float> skewed(std::uint64_t seed) {
  auto w = test::random_for<P>(rows, depth, 0.9, seed);
  test::random_source random(seed);
  for (index_t i = 0; i < rows; ++i)
    for (index_t k = 0; k < depth; ++k)
      if (random.below(rows) < i / 2) w(i, k) = 0;
  return w;
}

matrix<float> any_matrix(index_t m, index_t n, std::uint64_t seed) {
  return test::random_matrix(m, n, 1, seed, [](test::random_source& r) { return r.any(); });
}

}  // namespace

TEMPLATE_TEST_CASE("same bits for any number of threads " LACUNA_TEST_ISA, "[ops]", csr, bitmap, (nm<2, 4>),
                   (bsr<16, 1>), (panel<bitmap, 2>), (panel<dense, 2>), (panel<nm<2, 4>, 2>)) {
  LACUNA_REQUIRE_ISA();
  using P = TestType;
  CAPTURE(P::name());
  const auto a = encode<P, bf16>(skewed<P>(3));
  REQUIRE(a.nnz() * tokens > 65536);
  const auto x = any_matrix(depth, tokens, 4), by_token = any_matrix(tokens, depth, 5);
  matrix<float> y(rows, tokens), y_by_token(tokens, rows);
  spmm(a, x, y);
  linear(a, by_token, y_by_token);
  const auto check = [&](const auto& where) {
    matrix<float> z(rows, tokens), z_by_token(tokens, rows);
    spmm(where, a, x, z);
    linear(where, a, by_token, z_by_token);
    CHECK(test::difference(y, z) == "");
    CHECK(test::difference(y_by_token, z_by_token) == "");
  };
  for (const int workers : {1, 2, 3, 8}) {
    CAPTURE(workers);
    const test::pool pool(workers);
    check(exec{pool_ref{pool, pool.size()}});
#ifdef _OPENMP
    if constexpr (std::is_same_v<P, csr>) check(exec{openmp{workers}});  // takes pieces as a pool does
#endif
  }
}

TEST_CASE("a workspace grows once and changes no bit " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = encode<panel<bitmap>, float>(skewed<bitmap>(6));
  const auto many = any_matrix(tokens, depth, 7), one = any_matrix(1, depth, 8);
  workspace scratch;
  std::size_t grown = 0;
  for (const auto* x : {&many, &one, &many}) {
    matrix<float> y(x->rows(), rows), z(x->rows(), rows);
    linear(a, *x, y);
    linear(exec{serial{}, native{}, &scratch}, a, *x, z);
    CHECK(test::difference(y, z) == "");
    if (grown == 0) grown = scratch.bytes();
    CHECK(scratch.bytes() == grown);
  }
}
