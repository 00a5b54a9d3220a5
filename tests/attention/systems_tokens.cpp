// SPDX-License-Identifier: BSL-1.0
// Decode systems that choose tokens and chunks, and static lists.
#include <lacuna/attention/systems/double_sparsity.hpp>
#include <lacuna/attention/systems/duo_attention.hpp>
#include <lacuna/attention/systems/heavy_hitters.hpp>
#include <lacuna/attention/systems/shadow_kv.hpp>
#include <lacuna/attention/systems/streaming_llm.hpp>

#include "attention/decode_systems.hpp"

namespace lacuna {
namespace {

template <>
streaming_llm sized(index_t n) {
  return {.sinks = 4, .window = n - 4};
}
template <>
duo_attention sized(index_t n) {
  return {.streaming = 3, .sinks = 4, .window = n - 4};
}
template <>
double_sparsity sized(index_t n) {
  return {.share = double(n) / double(most)};
}
template <>
shadow_kv sized(index_t n) {
  return {.chunks = n / 8 - 12, .outliers = 8};
}
template <>
h2o sized(index_t n) {
  return {.recent = n / 2, .heavy = n - n / 2};
}
template <>
snap_kv sized(index_t n) {
  return {.capacity = n};
}
template <>
tova sized(index_t n) {
  return {.capacity = n};
}

using token_systems =
    std::tuple<streaming_llm, duo_attention, double_sparsity, shadow_kv, h2o, snap_kv, tova>;

TEMPLATE_LIST_TEST_CASE(
    "systems: the whole budget is dense, forced tokens are there, incremental is batch " LACUNA_TEST_ISA,
    "[attention]", token_systems) {
  check_budgets<TestType>();
}
TEMPLATE_LIST_TEST_CASE("systems: the mass that is kept bounds the error, splits merge " LACUNA_TEST_ISA,
                        "[attention]", token_systems) {
  check_mass<TestType>();
}
TEMPLATE_LIST_TEST_CASE(
    "systems: a hidden needle, in this turn and the next, or the documented miss " LACUNA_TEST_ISA,
    "[attention]", token_systems) {
  check_needles<TestType>();
}
TEMPLATE_LIST_TEST_CASE("systems: equal queries of a group select as one " LACUNA_TEST_ISA, "[attention]",
                        token_systems) {
  check_groups<TestType>();
}

}  // namespace
}  // namespace lacuna
