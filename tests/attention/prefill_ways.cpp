// SPDX-License-Identifier: BSL-1.0
// The other ways in and out of prefill: masks by head, policies on scores, 16-bit tensors, caches.
#include "attention/prefill.hpp"

#include <lacuna/kv/codec/plain.hpp>

#include "support/catch.hpp"
#include "support/kv.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using mask::operator&, mask::operator|, mask::operator~;
using test::any_mask, test::attention_case, test::same, test::tensor;

TEST_CASE("heads with masks of their own, in both loop orders " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({4, 2, 150, 220, 32});
  const auto by_head = mask::per_head{[](index_t h) {
    return h < 2 ? any_mask(mask::causal{} & (mask::window{30} | mask::sinks{4}))
                 : any_mask(mask::causal{} & mask::stride{2, 16, 0, 1}.head(h));
  }};
  const auto sees = [&](index_t h, index_t i, index_t j) { return test::sees(by_head.head(h), i + 70, j); };
  const auto want = test::attend(c.Q(), c.K(), c.V(), sees);
  for (const loop_order order : {loop_order::queries_outer, loop_order::keys_outer}) {
    matrix<float> mass(2, 221);
    prefill_options<> o{.order = order};
    o.mass = mass.view();
    prefill(c.Q(), c.K(), c.V(), c.out.view(), by_head, o);
    CHECK(test::out_misses(c.out.view(), want.out) == "");
    CHECK(test::misses(mass.view().block(0, 0, 2, 220), want.mass) == "");
  }
}

TEMPLATE_TEST_CASE("policies on scores, the last one sees the others' work " LACUNA_TEST_ISA, "[attention]",
                   float, bf16) {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({2, 1, 70, 200, 16});
  const std::vector<float> slope{0.5f, 0.125f};
  const auto tilted =
      logit::soft_cap{4} | logit::alibi{slope} | logit::each{[](float s, index_t h, index_t q, index_t k) {
        return s + (h == 1 && (q + k) % 7 == 0 ? 1.5f : 0.0f);
      }};
  const any_mask m = mask::causal{};
  prefill_options<TestType, std::remove_const_t<decltype(tilted)>> o{.scale = 0.5f, .logit = tilted};
  o.lse = c.lse;
  prefill(c.Q(), c.K(), c.V(), c.out.view(), m, o);
  const auto rule = [&](double s, index_t h, index_t i, index_t j) {
    const index_t q = i + 130;
    return 4 * std::tanh(s / 4) + double(slope[std::size_t(h)]) * double(j - q) +
           (h == 1 && (q + j) % 7 == 0 ? 1.5 : 0);
  };
  const auto want = test::attend(
      c.Q(), c.K(), c.V(), [](index_t, index_t i, index_t j) { return j <= i + 130; },
      {.bf16_products = std::is_same_v<TestType, bf16>, .policy = 4 * 0x1p-20}, rule, 0.5);
  CHECK(test::out_misses(c.out.view(), want.out) == "");
  CHECK(test::row_misses(c.lse, want.lse) == "");
}

TEMPLATE_TEST_CASE("tensors of 16-bit floats " LACUNA_TEST_ISA, "[attention]", bf16, f16) {
  LACUNA_REQUIRE_ISA();
  attention_case<TestType> c({2, 1, 70, 100, 40}, 3, 1);
  const any_mask m = mask::every{};
  prefill(c.Q(), c.K(), c.V(), c.out.view(), m);
  const double last = std::is_same_v<TestType, bf16> ? 0x1p-9 : 0x1p-12;
  const auto want =
      test::attend(c.Q(), c.K(), c.V(), [](index_t, index_t, index_t) { return true; }, {.output = 2 * last});
  CHECK(test::out_misses(c.out.view(), want.out) == "");
}

TEST_CASE("over a cache: its rows as they are stored, the tail after the body " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  attention_case<float> c({4, 2, 70, 200, 40});
  test::tailed_source<key_codec_of<bf16>, value_codec_of<float>, float> cache(kv_shape{40, 32}, 2);
  tensor<float> stored(2, 200, 40);
  for (index_t h = 0; h < 2; ++h) {
    matrix<float> k(200, 40), v(200, 40);
    for (index_t t = 0; t < 200; ++t)
      for (index_t d = 0; d < 40; ++d) {
        k(t, d) = c.K().row(h, t)[d], v(t, d) = c.V().row(h, t)[d];
        stored.view().row(h, t)[d] = t < 150 ? float(bf16(k(t, d))) : k(t, d);
      }
    const auto part = [](const matrix<float>& from, index_t t, index_t n) {
      matrix<float> some(n, 40);
      for (index_t i = 0; i < n; ++i)
        for (index_t d = 0; d < 40; ++d) some(i, d) = from(t + i, d);
      return some;
    };
    cache.all.fill(h, part(k, 0, 150), part(v, 0, 150));
    cache.recent.fill(h, part(k, 150, 50), part(v, 150, 50));
  }
  const any_mask m = mask::causal{};
  for (const loop_order order : {loop_order::queries_outer, loop_order::keys_outer}) {
    tensor<float> out(4, 70, 40), wanted(4, 70, 40);
    prefill(c.Q(), cache, out.view(), m, prefill_options<>{.order = order});
    prefill(c.Q(), std::as_const(stored).view(), c.V(), wanted.view(), m, prefill_options<>{.order = order});
    CHECK(same<float>(out.view(), wanted.view()));
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
