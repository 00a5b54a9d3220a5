#pragma once
// SPDX-License-Identifier: BSL-1.0
// Double Sparsity (arXiv 2408.07092): the best tokens by a few channels of their keys.
//
//   cache: summary::channels{.count = 8 .. 32, .list = calibrated}; 1/16 of the tokens, layers 0 and 1 dense
//
// With all channels the selection is exact top-k of the stored keys. The paper scores each query head by itself:
// basic_double_sparsity<reduce::per_head>.
#include <lacuna/attention/estimate/dot.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/systems/promises.hpp>
#include <lacuna/kv/summary/channels.hpp>

namespace lacuna {

template <reduce::group_reduction Reduce = reduce::max, kv_summary Label = summary::channels>
struct basic_double_sparsity {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups;
  double share = 1.0 / 16;   ///< of the tokens
  index_t least = 16;        ///< tokens
  index_t dense_layers = 2;  ///< the first ones read all
  LACUNA_INLINE auto parts() const {
    using tokens = select::top_k<estimate::dot<Label, Reduce>, pool::up, budget::share>;
    return select::from_layer<tokens>{.first = dense_layers,
                                      .inner = {.budget = {.of = share, .least = least}, .grain = 1}};
  }
};
using double_sparsity = basic_double_sparsity<>;

}  // namespace lacuna
