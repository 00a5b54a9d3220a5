#pragma once
// SPDX-License-Identifier: BSL-1.0
// Selection by attention that was seen: H2O (arXiv 2306.14048), SnapKV (arXiv 2404.14469), TOVA (arXiv 2401.06104).
//
//   h2o       cache: summary::mass               half of the budget recent, half by the sum of all attention so far
//   snap_kv   summary::mass of the last 32 queries     pooled over 5 tokens; that window always
//   tova      summary::mass{.decay = 0}          the least attended by the last query goes first
//
// The mass comes from decode_options::mass, or from the last rows of prefill, by cache.observe. Here nothing is evicted: what is not
// listed is not read, and not observed either. A query asks in vain for what earlier ones did not need: the papers' weakness too.
#include <lacuna/attention/estimate/observed.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/select/two_part.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

/// Neither needles nor turns: queries have no say.
inline constexpr promises heavy_hitter_promises = promise::full_budget | promise::forced | promise::mass |
                                                  promise::merge | promise::incremental | promise::groups;

struct h2o {
  static constexpr promises keeps = heavy_hitter_promises;
  index_t recent = 512, heavy = 512;  ///< tokens
  LACUNA_INLINE auto parts() const {
    return select::two_part<select::ends, estimate::observed<summary::mass>>{
        .aware = {.sinks = 0, .window = recent}, .more = heavy, .grain = 1};
  }
};
struct snap_kv {
  static constexpr promises keeps = heavy_hitter_promises;
  index_t capacity = 2048, window = 32, kernel = 5;  ///< tokens
  LACUNA_INLINE auto parts() const {
    return select::two_part<select::ends, estimate::observed<summary::mass>>{
        .aware = {.sinks = 0, .window = window},
        .more = capacity - window,
        .grain = 1,
        .score = {.smooth = kernel / 2}};
  }
};
struct tova {
  static constexpr promises keeps = heavy_hitter_promises;
  index_t capacity = 2048;  ///< tokens
  LACUNA_INLINE auto parts() const {
    return select::two_part<select::ends, estimate::observed<summary::mass>>{
        .aware = {.sinks = 0, .window = 1}, .more = capacity - 1, .grain = 1};
  }
};

}  // namespace lacuna
