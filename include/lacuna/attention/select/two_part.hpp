#pragma once
// SPDX-License-Identifier: BSL-1.0
// A query-aware part, then a fill in an order that does not depend on the query (NOSA, arXiv 2510.13602).
//
//   aware   33 blocks                    fill   the best by the second score until there are 64
//
// The best 64 - 33 = 31 of the fill's order are always in: either the aware part chose them or they are first in the fill. So
// two steps share at least those, whatever the queries: a lower bound on what an offloaded cache finds in place.
#include <lacuna/attention/select/choices.hpp>

namespace lacuna {
namespace select {

template <class Aware, class Score, pool::policy Pool = pool::up>
struct two_part {
  static constexpr bool per_query = runs_per_query<Aware> || Score::reduction::per_query;
  Aware aware{};
  index_t total = 64;  ///< choices in the end
  index_t more = 0;    ///< or, if not 0, so many on top of the first part
  int grain = 0;
  Score score{};

  template <class A, kv_source Source>
  requires unit_scorer<Score, Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    choose_tokens(arch, aware, h, to, scratch);
    const choice_range r = kernel::choices_of(h, grain, 0, 0);
    if (more == 0 && total >= r.count) return kernel::add_choices(to, r, 0, r.count);
    float* const s = kernel::pooled<Pool>(score.units(arch, h, scratch), r, h.body, scratch.choices);
    index_t chosen = 0;
    for (index_t i = 0; i < r.count; ++i)
      if (to.has(i * r.grain)) s[i] = -std::numeric_limits<float>::infinity(), ++chosen;
    const index_t left = more > 0 ? (more < r.count - chosen ? more : r.count - chosen) : total - chosen;
    const auto free = kernel::free_choices(s, r);
    kernel::add_cut(to, r, free, top_cut(free, left));
  }
};

}  // namespace select
}  // namespace lacuna
