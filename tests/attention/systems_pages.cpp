// SPDX-License-Identifier: BSL-1.0
// Decode systems that choose pages.
#define LACUNA_TEST_SYSTEMS \
  quest, basic_quest<reduce::per_head>, kinetics, lserve, infllm_v2, nosa, nsa_blocks<summary::mean>
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

}  // namespace
}  // namespace lacuna
