#pragma once
// SPDX-License-Identifier: BSL-1.0
// Page selection by box bounds and by means.
//
//   quest       arXiv 2406.10774   cache: pages of 16, summary::box{.unit = 16};   1024 tokens, the current page among them
//   kinetics    arXiv 2506.05333   cache: pages of 16, summary::mean{.unit = 16};  64 pages and the current one
//
// The paper's Quest makes a list for every query head: quest<reduce::per_head>. A KV head that reads one list for its group
// (the default here, and Sparse Frontier's with reduce::sum) loads keys and values once.
#include <lacuna/attention/estimate/box_bound.hpp>
#include <lacuna/attention/estimate/dot.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/systems/promises.hpp>
#include <lacuna/kv/summary/mean.hpp>

namespace lacuna {

template <reduce::group_reduction Reduce = reduce::max>
struct basic_quest {
  static constexpr promises keeps = promise::full_budget | promise::needle | promise::forced | promise::mass |
                                    promise::merge | promise::incremental | promise::groups | promise::turns;
  index_t budget = 1024;     ///< tokens; at least 3 pages
  index_t dense_layers = 2;  ///< the first ones read all (decode_options::layer)
  LACUNA_INLINE auto parts() const {
    using pages = select::top_k<estimate::box_bound<Reduce>>;
    return select::from_layer<pages>{.first = dense_layers, .inner = {.budget = budget, .least = 3}};
  }
};
using quest = basic_quest<>;

struct kinetics {
  /// No needle: the mean of a page may hide it.
  static constexpr promises keeps = quest::keeps & ~promise::needle & ~promise::turns;
  index_t pages = 64;  ///< besides the current one
  int page = 16;       ///< tokens, as the cache has it
  LACUNA_INLINE auto parts() const {
    return select::top_k<estimate::dot<summary::mean, reduce::mean>>{.budget = page * (pages + 1)};
  }
};

}  // namespace lacuna
