#pragma once
// SPDX-License-Identifier: BSL-1.0
// The typed suite of decode systems: each runs what it promises, and what it does not promise is shown to fail. For a file
// that defines sized<S>(tokens), amounts for about so many of 1536 tokens in pages of 64, and a case for each check here.
#include <lacuna/attention/systems/promises.hpp>

#include "attention/select.hpp"
#include "support/catch.hpp"

namespace lacuna {
namespace {

constexpr index_t most = 1536;

template <class S>
S sized(index_t tokens);

/// Worlds are made once.
const test::select_world& usual() {
  static const auto w = test::usual_world(most, 2, 2, 7);
  return w;
}
const test::select_world& hidden() {
  static const auto w = test::hidden_world(most, 2, 8);
  return w;
}
/// The heavy hitters of the past are tokens 450 .. 880, the bias is theirs, too.
void observe_past(test::all_cache& c) {
  const std::vector<float> seen(430, 3.0f), bias(430, 0.5f);
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    c.observe<summary::mass>(h, 450, seen);
    c.observe<summary::value_bias>(h, 450, bias);
  }
}
test::all_cache cache_of(const test::select_world& w) {
  auto c = test::empty_cache(w.kv_heads);
  c.append(w.k, w.v);
  observe_past(c);
  return c;
}
template <class S>
constexpr bool keeps(promises p) {
  return (S::keeps & p) == p;
}
/// Rounding of outputs, where weights become bf16 and where not.
constexpr double rounding = simd::fast_dot_bf16<simd::best> ? 0x1p-7 : 1e-4;

/// Part `part` of three of all listed tokens.
std::pair<std::vector<page_ref>, std::vector<index_t>> part_of(const page_lists& lists, unsigned part) {
  std::pair<std::vector<page_ref>, std::vector<index_t>> out;
  out.second.push_back(0);
  for (index_t i = 0; i < lists.count(); ++i) {
    for (const page_ref r : lists.list(i)) {
      constexpr std::uint64_t third[] = {0x9249249249249249u, 0x2492492492492492u, 0x4924924924924924u};
      const page_ref some{r.page, r.tokens & third[(part + r.page) % 3]};
      if (some.tokens != 0) out.first.push_back(some);
    }
    out.second.push_back(index_t(out.first.size()));
  }
  return out;
}

}  // namespace

template <class TestType>
void check_budgets() {
  LACUNA_REQUIRE_ISA();
  STATIC_REQUIRE(keeps<TestType>(promise::full_budget | promise::forced | promise::incremental));
  const auto& w = usual();
  const auto c = cache_of(w);
  const auto full = test::decoded(w.q, c, sized<TestType>(most)), dense = test::decoded(w.q, c);
  if (!runs_per_query<TestType>) {
    CHECK(test::difference(full, dense) == "");
  } else {  // queries in blocks of one are summed in another order
    for (index_t i = 0; i < 4; ++i)
      for (index_t d = 0; d < 64; ++d) CHECK(std::fabs(full(i, d) - dense(i, d)) <= 1e-5f);
  }
  const auto system = sized<TestType>(512);
  const auto chosen = choose(w.q, c, system);
  const auto lists = chosen.view();  // sorted and disjoint, else it throws
  for (index_t i = 0; i < lists.count(); ++i) {
    CHECK(test::lists_token(lists, i, most - 1, 64));
    CHECK(test::tokens_of(lists, i) <= 512 + 64);
    CHECK(test::tokens_of(lists, i) >= 256);
  }
  // a list is what decode reads, and no token of it lies past the end
  CHECK(test::difference(test::decoded(w.q, c, system), test::decoded(w.q, c, lists)) == "");
  auto grown = test::empty_cache(w.kv_heads);
  for (index_t t = 0; t < most; ++t)
    grown.append(w.k.view().block(t, 0, 1, 128), w.v.view().block(t, 0, 1, 128));
  observe_past(grown);
  CHECK(test::same_lists(chosen, choose(w.q, grown, system)));
}

template <class TestType>
void check_mass() {
  LACUNA_REQUIRE_ISA();
  STATIC_REQUIRE(keeps<TestType>(promise::mass | promise::merge));
  const auto& w = usual();
  const auto c = cache_of(w);
  const index_t rows = w.q.rows();
  buffer<float> all(rows), some(rows), twice(rows);
  const auto dense = test::decoded(w.q, c, decode_options{.lse = all});
  const auto out = test::decoded(w.q, c, sized<TestType>(384), decode_options{.lse = some});
  test::decoded(w.q, c, sized<TestType>(768), decode_options{.lse = twice});
  double longest = 0;
  for (index_t t = 0; t < most; ++t)
    for (index_t h = 0; h < 2; ++h) {
      double size = 0;
      for (index_t d = 0; d < 64; ++d) size += double(w.v(t, h * 64 + d)) * double(w.v(t, h * 64 + d));
      longest = std::max(longest, std::sqrt(size));
    }
  for (index_t r = 0; r < rows; ++r) {
    const double kept = std::exp(double(some[r]) - double(all[r]));
    double off = 0;
    for (index_t d = 0; d < 64; ++d) off += std::pow(double(out(r, d)) - double(dense(r, d)), 2);
    CHECK(kept <= 1 + 1e-4);
    CHECK(std::sqrt(off) <= (2 * (1 - kept) + rounding + 1e-4) * longest);
    CHECK(some[r] <= twice[r] + 1e-4f);  // what a larger budget reads holds what a smaller one does
  }
  const auto chosen = choose(w.q, c, sized<TestType>(384));
  attention_state merged(rows, 64);
  for (const unsigned part : {2u, 0u, 1u}) {
    const auto [refs, start] = part_of(chosen.view(), part);
    merge(merged, decode_state(w.q, c, page_lists(refs, start)));
  }
  matrix<float> sum(rows, 64);
  finish(merged, sum);
  for (index_t r = 0; r < rows; ++r)
    for (index_t d = 0; d < 64; ++d) CHECK(std::fabs(sum(r, d) - out(r, d)) <= rounding * 4);
}

template <class TestType>
void check_needles() {
  LACUNA_REQUIRE_ISA();
  const auto& w = hidden();
  auto c = cache_of(w);
  const auto system = sized<TestType>(512);
  const auto finds = [&](const matrix<float>& q, index_t needle) {
    const auto chosen = choose(q, c, system);
    return test::lists_token(chosen.view(), 0, needle, 64);
  };
  CHECK(finds(w.q, w.needle[0]) == keeps<TestType>(promise::needle));
  if (keeps<TestType>(promise::needle)) {
    const auto out = test::decoded(w.q, c, system);
    for (index_t d = 0; d < 64; ++d)  // e^-10 of the weight lies elsewhere
      CHECK(std::fabs(out(0, d) - float(bf16(w.v(w.needle[0], d)))) <= 1e-3 + rounding);
  }
  matrix<float> mass(1, most + 4);
  test::decoded(w.q, c, system, decode_options{.mass = mass});
  c.observe<summary::mass>(0, 0, array_view<const float>(mass.data(), most));
  c.append(w.k.view().block(0, 0, 4, 64), w.v.view().block(0, 0, 4, 64));
  CHECK(finds(w.second, w.needle[1]) == keeps<TestType>(promise::turns));
}

template <class TestType>
void check_groups() {
  LACUNA_REQUIRE_ISA();
  STATIC_REQUIRE(keeps<TestType>(promise::groups));
  const auto& w = usual();
  const auto c = cache_of(w);
  matrix<float> one(2, 64), four(8, 64);
  for (index_t i = 0; i < 8; ++i)
    for (index_t d = 0; d < 64; ++d) four(i, d) = one(i / 4, d) = w.q(i / 4 * 2, d);
  const auto system = sized<TestType>(320);
  const auto a = choose(one, c, system), b = choose(four, c, system);
  const auto alone = a.view(), together = b.view();
  for (index_t i = 0; i < together.count(); ++i) {
    const auto x = together.list(i), y = alone.list(i * 2 / together.count());
    CHECK(std::equal(x.begin(), x.end(), y.begin(), y.end()));
  }
}

}  // namespace lacuna
