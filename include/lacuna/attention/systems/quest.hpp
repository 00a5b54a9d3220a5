#pragma once
// SPDX-License-Identifier: BSL-1.0
// Quest (arXiv 2406.10774): the pages with the largest box bounds, 1024 tokens, the current page among them.
//
//   cache: pages of 16, summary::box{.unit = 16}
//
// The paper's Quest makes a list for every query head: quest<reduce::per_head>. A KV head that reads one list for its group
// (the default here, and Sparse Frontier's with reduce::sum) loads keys and values once.
#include <lacuna/attention/estimate/box_bound.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/systems/promises.hpp>

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

}  // namespace lacuna
