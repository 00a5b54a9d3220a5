#pragma once
// SPDX-License-Identifier: BSL-1.0
// ShadowKV (arXiv 2410.21465), its selection: chunks of 8 by their landmarks, outliers and the last chunks always.
//
//   cache: summary::landmarks{.unit = 8}; 256 chunks by softmax(q . landmark), the largest of the group, on top of the 48 chunks
//   whose keys are least like their landmark and of the last ones
//
// The low-rank keys and the slow tier of values are not part of this: keys and values are the cache's.
#include <lacuna/attention/estimate/softmax.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/select/outliers.hpp>
#include <lacuna/attention/select/two_part.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

struct shadow_kv {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups | promise::needle | promise::turns;
  index_t chunks = 256, outliers = 48, local = 4;  ///< of 8 tokens
  LACUNA_INLINE auto parts() const {
    using always = select::unite<select::outliers, select::ends>;
    using score = estimate::softmax<summary::landmarks, reduce::max>;
    return select::two_part<always, score>{
        .aware = {{.count = outliers}, {.sinks = 0, .window = 8 * local}}, .more = chunks, .grain = 8};
  }
};

}  // namespace lacuna
