// SPDX-License-Identifier: BSL-1.0
// Decode systems that choose pages.
#include <lacuna/attention/systems/infllm_v2.hpp>
#include <lacuna/attention/systems/lserve.hpp>
#include <lacuna/attention/systems/nsa.hpp>

#include "attention/decode_systems.hpp"

namespace lacuna {
namespace {

template <>
quest sized(index_t n) {
  return {.budget = n};
}
template <>
basic_quest<reduce::per_head> sized(index_t n) {
  return {.budget = n};
}
template <>
kinetics sized(index_t n) {
  return {.pages = n / 64 - 1, .page = 64};
}
template <>
lserve sized(index_t n) {
  return {.budget = n, .steps = 1};
}
template <>
infllm_v2 sized(index_t n) {
  return {.blocks = n / 64, .local = 2, .dense_len = 0};
}
template <>
nosa sized(index_t n) {
  return {.blocks = n / 64, .local = 2, .aware = 2};
}
template <>
nsa_blocks<summary::mean> sized(index_t n) {
  return {.blocks = n / 64};
}

using page_systems = std::tuple<quest, basic_quest<reduce::per_head>, kinetics, lserve, infllm_v2, nosa,
                                nsa_blocks<summary::mean>>;

TEMPLATE_LIST_TEST_CASE(
    "systems: the whole budget is dense, forced tokens are there, incremental is batch " LACUNA_TEST_ISA,
    "[attention]", page_systems) {
  check_budgets<TestType>();
}
TEMPLATE_LIST_TEST_CASE("systems: the mass that is kept bounds the error, splits merge " LACUNA_TEST_ISA,
                        "[attention]", page_systems) {
  check_mass<TestType>();
}
TEMPLATE_LIST_TEST_CASE(
    "systems: a hidden needle, in this turn and the next, or the documented miss " LACUNA_TEST_ISA,
    "[attention]", page_systems) {
  check_needles<TestType>();
}
TEMPLATE_LIST_TEST_CASE("systems: equal queries of a group select as one " LACUNA_TEST_ISA, "[attention]",
                        page_systems) {
  check_groups<TestType>();
}

}  // namespace
}  // namespace lacuna

TEST_CASE("nsa: gates choose branches, which are summed and not merged " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  using namespace lacuna;
  const auto& w = usual();
  const auto c = cache_of(w);
  auto compressed = test::empty_cache(2);
  compressed.append(w.k.view().block(0, 0, 95, 128), w.v.view().block(0, 0, 95, 128));
  const nsa<summary::mean> system{.blocks = {.blocks = 8}, .window = 100};
  matrix<float> gates(4, 3), out(4, 64);
  const auto branch = [&](int g) {
    for (index_t r = 0; r < 4; ++r)
      for (int i = 0; i < 3; ++i) gates(r, i) = g == 3 ? 0.5f : i == g ? 1.0f : 0.0f;
    decode(exec{}, w.q, c, compressed, gates, out, system);
    return out;
  };
  const auto first = test::decoded(w.q, compressed), second = test::decoded(w.q, c, system.blocks),
             third = test::decoded(w.q, c, select::ends{.sinks = 0, .window = 100});
  CHECK(test::difference(branch(0), first) == "");
  CHECK(test::difference(branch(1), second) == "");
  CHECK(test::difference(branch(2), third) == "");
  const auto all = branch(3);
  for (index_t r = 0; r < 4; ++r)
    for (index_t d = 0; d < 64; ++d)
      CHECK(std::fabs(all(r, d) - 0.5f * (first(r, d) + second(r, d) + third(r, d))) <= 1e-6f);
}
