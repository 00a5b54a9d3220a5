#pragma once
// SPDX-License-Identifier: BSL-1.0
// Kinetics, block top-k (arXiv 2506.05333): the pages whose mean key fits the group best, 64 and the current one.
//
//   cache: pages of 16, summary::mean{.unit = 16}
#include <lacuna/attention/estimate/dot.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/systems/quest.hpp>
#include <lacuna/kv/summary/mean.hpp>

namespace lacuna {

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
