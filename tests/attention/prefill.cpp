// SPDX-License-Identifier: BSL-1.0
// Prefill of every product type against attention in double: shapes, head sizes, masks, strides, both loop orders.
#include "attention/prefill.hpp"

#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using test::attention_shape;

constexpr attention_shape shapes[] = {{1, 1, 1, 1, 16},     {2, 1, 1, 130, 64},   {1, 1, 63, 65, 80},
                                      {4, 2, 64, 64, 96},   {2, 2, 65, 193, 128}, {3, 1, 17, 257, 256},
                                      {2, 1, 131, 131, 20}, {1, 1, 5, 3, 1},      {2, 1, 40, 70, 112},
                                      {0, 0, 5, 7, 8},      {2, 1, 0, 9, 16},     {2, 1, 9, 0, 16},
                                      {1, 1, 150, 300, 33}};

/// One call on case `c` under mask m, checked.
template <class Product>
void check(attention_shape n, const test::modelled& m, std::uint64_t seed, index_t layout, loop_order order) {
  test::attention_case<float> c(n, seed, layout);
  prefill_options<Product> o{.order = order};
  o.lse = c.lse;
  prefill(c.Q(), c.K(), c.V(), c.out.view(), m.mask, o);
  const index_t offset = n.nk - n.nq;
  const auto want =
      test::attend(c.Q(), c.K(), c.V(), [&](index_t, index_t i, index_t j) { return m.want(i + offset, j); },
                   {.bf16_products = std::is_same_v<Product, bf16>});
  CHECK(test::out_misses(c.out.view(), want.out) == "");
  CHECK(test::row_misses(c.lse, want.lse) == "");
  CHECK(c.out.touched() == 0);
}

TEMPLATE_TEST_CASE("prefill is attention over what the mask keeps " LACUNA_TEST_ISA, "[attention]", float,
                   bf16) {
  LACUNA_REQUIRE_ISA();
  std::uint64_t seed = 0;
  for (const attention_shape n : shapes)
    for (int turn = 0; turn < 3; ++turn) {
      ++seed;
      const test::mask_lists lists(seed, 320);
      test::random_source random(seed);
      const auto causal =
          test::modelled{"causal", mask::causal{}, [](index_t q, index_t k) { return k <= q; }};
      const test::modelled m = turn == 0 ? causal : test::random_mask(random, lists, n.nk, turn);
      const auto order = seed % 2 == 0 ? loop_order::queries_outer : loop_order::keys_outer;
      CAPTURE(seed, n.heads, n.kv_heads, n.nq, n.nk, n.dim, m.name, seed % 2);
      check<TestType>(n, m, seed, index_t(seed % 3), order);
    }
}

TEST_CASE("a query that sees nothing gets zeros and -inf, whatever lies there " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  test::attention_case<float> c({2, 1, 70, 70, 32});
  const test::any_mask m = mask::causal{} & ~mask::sinks{10};  // queries 0 .. 9
  prefill_options<> o;
  o.lse = c.lse;
  prefill(c.Q(), c.K(), c.V(), c.out.view(), m, o);
  for (index_t h = 0; h < 2; ++h)
    for (index_t i = 0; i < 70; ++i) {
      CHECK((c.lse[std::size_t(h * 70 + i)] == -HUGE_VALF) == (i < 10));
      for (index_t d = 0; d < 32; ++d) CHECK((c.out.view().row(h, i)[d] == 0) == (i < 10));
    }
}

TEST_CASE("a NaN shows in the queries that see it and in no other " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  test::attention_case<float> c({1, 1, 80, 80, 16}), clean({1, 1, 80, 80, 16});
  c.k.view().row(0, 70)[3] = std::nanf("");
  const test::any_mask m = mask::causal{};
  prefill(c.Q(), c.K(), c.V(), c.out.view(), m);
  prefill(clean.Q(), clean.K(), clean.V(), clean.out.view(), m);
  for (index_t i = 0; i < 80; ++i) {
    const float got = c.out.view().row(0, i)[0];
    CHECK((i < 70 ? got == clean.out.view().row(0, i)[0] : got != got));
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
