// SPDX-License-Identifier: BSL-1.0
// Every system of sparse prefill against what it promises (systems/promises.hpp): what is promised holds, what is not fails.
#include <lacuna/attention/systems/dhsa.hpp>
#include <lacuna/attention/systems/flex_prefill.hpp>
#include <lacuna/attention/systems/infllm_prefill.hpp>
#include <lacuna/attention/systems/minference.hpp>
#include <lacuna/attention/systems/sample_attention.hpp>
#include <lacuna/attention/systems/static_masks.hpp>
#include <lacuna/attention/systems/x_attention.hpp>

#include "attention/prefill.hpp"
#include "support/catch.hpp"
#include "support/heads.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

constexpr budget::elastic small_plan[] = {{64, 0.125}, {0, 0.5}, {-64, 0.25}, {64, 0}},
                          full_plan[] = {{64, 1}};

/// Amounts that leave something out of 512 tokens, and amounts that reach everything.
template <class S>
struct amounts;
template <>
struct amounts<sample_attention_v1> {
  static constexpr sample_attention_v1 few{.alpha = 0.8}, all{.alpha = 1};
};
template <>
struct amounts<sample_attention_v2> {
  static constexpr sample_attention_v2 few{
      .block = 64, .segment = 128, .sampled = 32, .columns = 0.8, .slashes = 0.5},
      all{.columns = 1};
};
template <>
struct amounts<a_shape> {
  static constexpr a_shape few{16, 100}, all{0, 512};
};
template <>
struct amounts<vertical_slash> {
  static constexpr vertical_slash few{.columns = 20, .slashes = 3, .first = 4, .last = 2},
      all{.columns = 512};
};
template <>
struct amounts<block_top> {
  static constexpr block_top few{.top = 2}, all{.top = 8};
};
template <>
struct amounts<minference> {
  using kind = minference::shape;
  static constexpr kind plan[] = {kind::vertical_slash, kind::a_shape, kind::block_top, kind::block_top};
  static constexpr minference few{{plan, 4}, amounts<vertical_slash>::few, amounts<a_shape>::few, {.top = 2}},
      all{{plan, 4}, {.columns = 512}, {0, 512}, {.top = 8}};
};
template <>
struct amounts<flex_prefill> {
  static constexpr flex_prefill few{.gamma = 0.7, .least = 64, .block = 64, .sampled = 64}, all{.gamma = 1};
};
template <>
struct amounts<x_attention> {
  static constexpr x_attention few{.tau = 0.5, .stride = 8, .block = 64}, all{.tau = 1};
};
template <>
struct amounts<dhsa> {
  static constexpr dhsa few{.budget = 96, .first = 16, .recent = 32, .dense = 0}, all{.budget = 512};
};
template <>
struct amounts<infllm_v2_prefill> {
  static constexpr infllm_v2_prefill few{.top = 3, .local = 1}, all{.top = 8};
};
template <>
struct amounts<s2_attention> {
  static constexpr s2_attention few{.block = 32, .local = 2, .every = 4}, all{.local = 8};
};
template <>
struct amounts<moa> {
  static constexpr moa few{{small_plan, 4}}, all{{full_plan, 1}};
};

/// Two KV heads and their groups of two, with needles: the last 48 rows of each head look for one key.
struct world {
  index_t n, needle_at;
  test::tensor<float> q, k, v;

  world(index_t tokens, index_t at, std::uint64_t seed, bool equal_groups = false)
      : n(tokens), needle_at(at), q(4, tokens, 32), k(2, tokens, 32), v(2, tokens, 32) {
    for (index_t h = 0; h < 2; ++h) {
      test::head_options o{.tokens = n, .queries = n, .head_dim = 32, .group = 2};
      o.seed = seed * 2 + std::uint64_t(h);
      test::synthetic_head head = test::make_head(o);
      if (at >= 0) plant(head, at);
      for (index_t t = 0; t < n; ++t)
        for (index_t d = 0; d < 32; ++d) {
          k.view().row(h, t)[d] = head.k(t, d), v.view().row(h, t)[d] = head.v(t, d);
          for (index_t g = 0; g < 2; ++g)
            q.view().row(2 * h + g, t)[d] = head.q((equal_groups ? 0 : g) * n + t, d);
        }
    }
  }
  /// A key that nothing else is like, and queries along it: 20 over scores of some 4 at most.
  void plant(test::synthetic_head& head, index_t at) const {
    test::random_source random(head.made.seed + 77);
    for (index_t d = 0; d < 32; ++d) {
      const float x = d < 28 ? 2 * test::heads::normal(random) : 0;
      head.k(at, d) = x;
      for (index_t r = n - 48; r < n; ++r)
        for (index_t g = 0; g < 2; ++g) head.q(g * n + r, d) = x;
    }
  }
  head_view<const float> Q() const { return q.view(); }
  head_view<const float> K() const { return k.view(); }
  head_view<const float> V() const { return v.view(); }
};

// Made once: they take longer than what is asked of them.
const world& usual() {
  static const world w(330, -1, 3);
  return w;
}
const world& hidden(std::size_t place) {
  static const world w[] = {{512, 100, 100}, {512, 191, 191}, {512, 256, 256}};
  return w[place];
}
const world& grouped() {
  static const world w(450, 60, 9, true);
  return w;
}
const world& small() {
  static const world w(200, 70, 5);
  return w;
}
const auto& dense_of_small() {
  static const auto made = test::attend(small().Q(), small().K(), small().V(),
                                        [](index_t, index_t i, index_t j) { return j <= i; });
  return made;
}

template <class M>
bool sees(const M& m, index_t h, index_t q, index_t k) {
  return k <= q && (mask::of_head(m, h).row(q, k / 64 * 64) >> (k % 64) & 1) != 0;
}
/// Heads whose last rows do not all see the needle, of queries that end at the last key.
template <class S>
index_t misses_of(const world& w, const S& system, index_t queries) {
  const auto kept = choose(exec{}, w.Q().tokens(w.n - queries, queries), w.K(), system);
  index_t missed = 0;
  for (index_t h = 0; h < 4; ++h)
    for (index_t r = w.n - 48; r < w.n; ++r) {
      if (sees(kept.mask(), h, r, w.needle_at)) continue;
      ++missed;
      break;
    }
  return missed;
}
template <class S>
constexpr bool keeps(promises p) {
  return (S::keeps & p) != 0;
}

// One list for all cases: fewer instantiations of the same kernels.
#define LACUNA_PREFILL_SYSTEMS                                                                            \
  sample_attention_v1, sample_attention_v2, a_shape, vertical_slash, block_top, minference, flex_prefill, \
      x_attention, dhsa, infllm_v2_prefill, s2_attention, moa

TEMPLATE_TEST_CASE("T1, T3: all that there is, and its own block " LACUNA_TEST_ISA, "[attention]",
                   LACUNA_PREFILL_SYSTEMS) {
  LACUNA_REQUIRE_ISA();
  const world& w = usual();
  const auto all = choose(exec{}, w.Q(), w.K(), amounts<TestType>::all);
  const auto few = choose(exec{}, w.Q(), w.K(), amounts<TestType>::few);
  index_t missing = 0, own = 0, left = 0;
  for (index_t h = 0; h < 4; ++h)
    for (index_t i = 0; i < 330; ++i) {
      own += sees(few.mask(), h, i, i);
      for (index_t j = 0; j <= i; ++j)
        missing += !sees(all.mask(), h, i, j), left += !sees(few.mask(), h, i, j);
    }
  CHECK((missing == 0) == keeps<TestType>(promise::full_budget));
  CHECK((own == 4 * 330) == keeps<TestType>(promise::forced));
  CHECK(left > 0);  // or the other cases would show nothing
}

TEMPLATE_TEST_CASE("T2, T9: needles of this turn and of the next " LACUNA_TEST_ISA, "[attention]",
                   LACUNA_PREFILL_SYSTEMS) {
  LACUNA_REQUIRE_ISA();
  index_t missed = 0, missed_next = 0;
  for (const std::size_t place : {0u, 1u, 2u}) {
    const world& w = hidden(place);
    missed += misses_of(w, amounts<TestType>::few, w.n);
    missed_next += misses_of(w, amounts<TestType>::few, 64);  // the other queries were an earlier turn
  }
  CHECK((missed == 0) == keeps<TestType>(promise::needle));
  CHECK((missed_next == 0) == keeps<TestType>(promise::turns));
}

TEMPLATE_TEST_CASE("T4, T5: the mass bounds the error, and any split merges " LACUNA_TEST_ISA, "[attention]",
                   LACUNA_PREFILL_SYSTEMS) {
  LACUNA_REQUIRE_ISA();
  const world& w = small();
  test::tensor<float> out(4, 200, 32);
  prefill(w.Q(), w.K(), w.V(), out.view(), amounts<TestType>::few);
  const auto kept = choose(exec{}, w.Q(), w.K(), amounts<TestType>::few);
  const auto m = kept.mask();
  const auto& dense = dense_of_small();
  const auto part =
      test::attend(w.Q(), w.K(), w.V(), [&](index_t h, index_t i, index_t j) { return sees(m, h, i, j); });
  CHECK(test::out_misses(head_view<const float>(out.view()), part.out) == "");
  for (index_t r = 0; r < 800; ++r) {
    const double mass = std::exp(part.lse(r, 0).value - dense.lse(r, 0).value);
    double error = 0, most = 0;
    for (index_t d = 0; d < 32; ++d) error += std::pow(part.out(r, d).value - dense.out(r, d).value, 2);
    for (index_t j = 0; j <= r % 200; ++j) {
      double v = 0;
      for (index_t d = 0; d < 32; ++d) v += std::pow(double(w.V().row(r / 400, j)[d]), 2);
      most = std::max(most, std::sqrt(v));
    }
    CHECK(std::sqrt(error) <= 2 * (1 - mass) * most + 1e-12 * most);
  }
  const mask::stride::lines even{2, 64, 0};
  auto a = prefill_state(w.Q(), w.K(), w.V(), mask::causal{} & m & even);
  merge(a, prefill_state(w.Q(), w.K(), w.V(), mask::causal{} & m & ~even));
  finish(a, matrix_view<float>(out.view().data(), 800, 32));
  CHECK(test::out_misses(head_view<const float>(out.view()), part.out) == "");
}

TEMPLATE_TEST_CASE("T6, T8: tokens in parts, and equal queries of a group " LACUNA_TEST_ISA, "[attention]",
                   LACUNA_PREFILL_SYSTEMS) {
  LACUNA_REQUIRE_ISA();
  const world& w = grouped();
  const auto whole = choose(exec{}, w.Q(), w.K(), amounts<TestType>::few);
  const auto part = choose(exec{}, w.Q().tokens(0, 300), w.K().tokens(0, 300), amounts<TestType>::few);
  index_t changed = 0, apart = 0;
  for (index_t h = 0; h < 4; ++h)
    for (index_t i = 0; i < 450; ++i)
      for (index_t j = 0; j <= i; ++j) {
        changed += i < 300 && sees(whole.mask(), h, i, j) != sees(part.mask(), h, i, j);
        apart += sees(whole.mask(), h, i, j) != sees(whole.mask(), h / 2 * 2, i, j);
      }
  CHECK((changed == 0) == keeps<TestType>(promise::incremental));
  CHECK((apart == 0) == keeps<TestType>(promise::groups));
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
