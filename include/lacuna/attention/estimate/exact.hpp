#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scores of the keys themselves, one for each token: the oracle of all other scorers. It reads all keys.
#include <lacuna/attention/estimate/units.hpp>

namespace lacuna {
namespace estimate {

template <reduce::group_reduction Reduce = reduce::max>
struct exact {
  using reduction = Reduce;
  template <class A, kv_source Source>
  unit_scores units(A, const select_head<Source>& h, select_scratch& scratch) const {
    kernel::dot_units<A, Reduce>(h.source.key(), h.source.key(), h.body, h, scratch, scratch.scores);
    return {scratch.scores, h.body.tokens, 1};
  }
};

}  // namespace estimate
}  // namespace lacuna
