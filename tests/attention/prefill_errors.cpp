// SPDX-License-Identifier: BSL-1.0
// What the doors of prefill refuse, in which words.
#include <lacuna/attention/prefill.hpp>
#include <lacuna/kv/codec/plain.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/kv.hpp"
#include "support/refusal.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using test::refusal;

TEST_CASE("head_view refuses negative sizes and outputs on top of themselves " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  std::vector<float> x(100);
  const auto verdict = [&](auto* p, index_t h, index_t t, index_t d, index_t head, index_t token) {
    return refusal([&] { head_view(p, h, t, d, head, token); });
  };
  float* const out = x.data();
  const float* const in = x.data();
  CHECK(verdict(out, 2, 3, 4, 12, 4) == "nothing");
  CHECK(verdict(out, 2, 3, 4, 4, 8) == "nothing");
  CHECK(verdict(in, 2, 3, 4, 0, 4) == "nothing");
  CHECK(verdict(in, 2, -3, 4, 12, 4) ==
        "shape: head_view: need sizes >= 0; got 2 heads of -3x4, strides 12 and 4");
  for (const auto& [head, token] : {std::pair<index_t, index_t>{0, 4}, {12, 3}, {4, 7}, {11, 4}})
    CHECK(verdict(out, 2, 3, 4, head, token)
              .starts_with("shape: head_view: need rows of an output apart; got 2 "));
  CHECK(refusal([&] { head_view(in, 2, 3, 4).tokens(1, 3); }).starts_with("shape: head_view: need a part"));
  CHECK(refusal([&] {
          head_view(in, 2, 3, 4).some_heads(-1, 1);
        }).starts_with("shape: head_view: need a part"));
}

TEST_CASE("prefill refuses what does not fit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  std::vector<float> x(4096), y(4096);
  const auto in = [&](index_t h, index_t t, index_t d) { return head_view<const float>(x.data(), h, t, d); };
  const auto out = [&](index_t h, index_t t, index_t d) { return head_view<float>(y.data(), h, t, d); };
  const auto call = [&](auto q, auto k, auto v, auto o, prefill_options<> how = {}) {
    return refusal([&] { prefill(q, k, v, o, mask::causal{}, how); });
  };
  const std::string rule =
      "shape: prefill: need Q[heads][n][dim], K and V[kv heads][tokens][dim] -> "
      "out[heads][n][dim] with kv heads dividing heads and 1 <= dim <= 512; got ";
  CHECK(call(in(4, 3, 8), in(2, 5, 8), in(2, 5, 8), out(4, 3, 8)) == "nothing");
  CHECK(call(in(3, 3, 8), in(2, 5, 8), in(2, 5, 8), out(3, 3, 8)) ==
        rule + "Q 3 heads of 3x8, K 2 heads of 5x8, out 3 heads of 3x8");
  CHECK(call(in(4, 3, 8), in(2, 5, 9), in(2, 5, 9), out(4, 3, 8)).starts_with(rule));
  CHECK(call(in(4, 3, 8), in(2, 5, 8), in(2, 5, 8), out(4, 2, 8)).starts_with(rule));
  CHECK(call(in(4, 3, 8), in(2, 5, 8), in(2, 5, 8), out(4, 3, 7)).starts_with(rule));
  CHECK(call(in(1, 1, 513), in(1, 1, 513), in(1, 1, 513), out(1, 1, 513)).starts_with(rule));
  CHECK(call(in(1, 1, 0), in(1, 1, 0), in(1, 1, 0), out(1, 1, 0)).starts_with(rule));
  CHECK(call(in(1, 1, 4), in(0, 1, 4), in(0, 1, 4), out(1, 1, 4)).starts_with(rule));
  CHECK(call(in(4, 3, 8), in(2, 5, 8), in(2, 4, 8), out(4, 3, 8)) ==
        "shape: prefill: need K and V of one shape; got K 2 heads of 5x8, V 2 heads of 4x8");
  const std::vector<float> few(3);
  std::vector<float> lse(3);
  CHECK(call(in(4, 3, 8), in(2, 5, 8), in(2, 5, 8), out(4, 3, 8), {.lse = lse}) ==
        "shape: prefill: need lse[heads * tokens of Q], 12; got 3");
  matrix<float> mass(2, 4);
  CHECK(call(in(4, 3, 8), in(2, 5, 8), in(2, 5, 8), out(4, 3, 8), {.mass = mass.view()}) ==
        "shape: prefill: need mass[kv heads, >= tokens of K], 2x5; got 2x4");
}

TEST_CASE("prefill refuses starts that are none, states and caches that do not fit " LACUNA_TEST_ISA,
          "[attention]") {
  LACUNA_REQUIRE_ISA();
  std::vector<float> x(4096), y(4096);
  const head_view<const float> q(x.data(), 2, 3, 8), k(x.data(), 2, 5, 8);
  using starts = std::vector<index_t>;
  const auto call = [&](const starts& qs, const starts& ks) {
    return refusal([&] {
      prefill(q, k, k, head_view<float>(y.data(), 2, 3, 8), mask::causal{},
              prefill_options<>{.q_start = qs, .k_start = ks});
    });
  };
  CHECK(call({0, 1, 3}, {0, 0, 5}) == "nothing");
  CHECK(call({0, 1, 3}, {0, 5}) ==
        "argument: prefill: need q_start and k_start of one length, ascending from 0 to the tokens; got 3 "
        "and 2 for "
        "3 and 5 tokens");
  for (const auto& [qs, ks] : {std::pair<starts, starts>{{0, 4, 3}, {0, 0, 5}},
                               {{0, 1, 3}, {0, 6, 5}},
                               {{0, 1, 2}, {0, 0, 5}},
                               {{1, 1, 3}, {0, 0, 5}},
                               {{}, {0, 5}}})
    CHECK(call(qs, ks).starts_with("argument: prefill: need q_start"));
  attention_state s(5, 8);
  CHECK(refusal([&] { prefill_state(exec{}, q, k, k, s.view(), mask::every{}); }) ==
        "shape: prefill_state: need a state [heads * tokens, dim], 6x8; got 5x8");
  test::source<key_codec_of<float>, value_codec_of<float>> cache(kv_shape{8, 16}, 2);
  cache.all.fill(0, matrix<float>(20, 8), matrix<float>(20, 8));
  cache.all.fill(1, matrix<float>(20, 8), matrix<float>(20, 8));
  const auto over = [&] {
    return refusal([&] { prefill(q, cache, head_view<float>(y.data(), 2, 3, 8), mask::causal{}); });
  };
  CHECK(over() == "nothing");
  cache.all.release(1, 0);
  CHECK(over() ==
        "argument: prefill: need a cache with the same tokens for all heads and no page released; got "
        "another at KV head 1");
  cache.all.fill(1, matrix<float>(21, 8), matrix<float>(21, 8));
  CHECK(over().starts_with("argument: prefill: need a cache with the same tokens"));
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
