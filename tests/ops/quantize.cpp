// SPDX-License-Identifier: BSL-1.0
// Tokens as 8-bit codes, and what an integer product refuses.
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>

#include <cmath>
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {
matrix<float> any_tokens(index_t tokens, index_t k, std::uint64_t seed) {
  return test::random_matrix(tokens, k, 1, seed, [](test::random_source& r) { return 3 * r.any(); });
}
}  // namespace

TEST_CASE("a token's codes are within half a step of it " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  for (const index_t k : {0, 1, 7, 16, 65, 300}) {
    const auto x = any_tokens(5, k, 3);
    const auto check = [&](const quantized_tokens& q) {
      for (index_t t = 0; t < 5; ++t) {
        const double step = static_cast<double>(q.scales()[t]);
        double largest = 0;
        for (index_t i = 0; i < k; ++i) {
          const double v = static_cast<double>(x(t, i));
          largest = std::max(largest, std::fabs(v));
          // The quotient and the product with the reciprocal are rounded, too.
          CHECK(std::fabs(q.values()[t * k + i] * step - v) <= 0.5 * step * (1 + 0x1p-14));
        }
        CHECK(std::fabs(127 * step - largest) <= largest * 0x1p-22);
      }
    };
    check(quantize<int8>(x));
    matrix<float, col_major> by_columns(5, k);
    for (index_t t = 0; t < 5; ++t)
      for (index_t i = 0; i < k; ++i) by_columns(t, i) = x(t, i);
    check(quantize<int8>(by_columns));
  }
}

TEST_CASE("tokens of zeros, and tokens that are not finite " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  auto x = any_tokens(4, 40, 5);
  for (index_t i = 0; i < 40; ++i) x(1, i) = 0;
  x(2, 17) = std::numeric_limits<float>::infinity();
  x(3, 39) = std::numeric_limits<float>::quiet_NaN();
  const auto q = quantize<int8>(x);
  matrix<float> w(6, 40);
  for (index_t i = 0; i < 6; ++i)
    for (index_t k = 0; k < 40; ++k) w(i, k) = static_cast<float>(i + 1) / 8;
  const auto p = pack(encode<dense, int8<>>(w));
  matrix<float> y(4, 6);
  linear(p, q, y);
  for (index_t m = 0; m < 6; ++m) {
    CHECK(std::isfinite(y(0, m)));
    CHECK(y(1, m) == 0);
    CHECK(std::isnan(y(2, m)));
    CHECK(std::isnan(y(3, m)));
  }
}

TEST_CASE("integer products: same bits for any number of threads " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto w = test::random_matrix(277, 413, 0.5, 9, [](test::random_source& r) { return r.any(); });
  const auto check = [](const auto& a) {
    for (const index_t tokens : {2, 21}) {
      const auto q = quantize<int8>(any_tokens(tokens, 413, 11));
      matrix<float> y(tokens, 277);
      linear(a, q, y);
      for (const int workers : {2, 3, 8}) {
        const test::pool pool(workers);
        matrix<float> z(tokens, 277);
        linear(exec{pool_ref{pool, pool.size()}}, a, q, z);
        CHECK(test::difference(y, z) == "");
      }
    }
  };
  check(pack(encode<dense, int4<32>>(w)));
  check(pack(encode<bitmap, int8<32>>(w)));
  check(encode<bsr<1, 16>, int4<16>>(w));
  check(encode<csr, int8<>>(w));
}

TEST_CASE("integer products refuse with a sentence " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = encode<dense, int8<>>(any_tokens(6, 40, 1));
  const auto q = quantize<int8>(any_tokens(2, 41, 1));
  matrix<float> y(2, 6);
  CHECK(test::refusal([&] { linear(a, q, y); }) ==
        "shape: linear: need X[t,k] * A[m,k]^T -> Y[t,m]; got A 6x40, X 2x41, Y 2x6");
  auto codes = quantize<int8>(any_tokens(2, 40, 1));
  CHECK(test::refusal([&] { quantize(any_tokens(3, 40, 1), codes); }) ==
        "shape: quantize: need codes of the shape of X; got X 3x40, codes 2x40");
  CHECK(test::refusal([&] {
          linear(exec{serial{}, native{}, nullptr, regime::skip}, a, codes, y);
        }) == "argument: product: need a regime that dense has for X of this layout; got skip");
}

TEST_CASE("epilogues follow integer products " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto p = pack(encode<bitmap, int8<32>>(any_tokens(20, 64, 1)));
  const auto q = quantize<int8>(any_tokens(3, 64, 2));
  std::vector<float> b(20);
  for (std::size_t m = 0; m < 20; ++m) b[m] = static_cast<float>(m) - 10;
  matrix<float> plain(3, 20), y(3, 20);
  linear(p, q, plain);
  linear(p, q, y, epilogue::bias{b} | epilogue::relu{});
  for (index_t t = 0; t < 3; ++t)
    for (index_t m = 0; m < 20; ++m)
      CHECK(y(t, m) == std::max(0.0f, plain(t, m) + b[static_cast<std::size_t>(m)]));
}
