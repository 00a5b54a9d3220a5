#pragma once
// SPDX-License-Identifier: BSL-1.0
// The best choices under a budget of tokens, those that reach a share of the mass, those above a limit.
//
//   select::top_k<estimate::box_bound<>>{.budget = 4096}                          exact count, ties to the lower position
//   select::cumulative<estimate::softmax<summary::mean>>{.alpha = 0.95f}          smallest set with sum >= alpha - eps
//   select::threshold<estimate::dot<summary::mean>>{.limit = 3}
//
// Forced choices (sinks, recent; the last one is the current page) count inside the budget, so a budget is what is read.
// A scorer writes one number per unit, the pool makes choices of them: logical pages of 16 in pages of 64 are one line.
#include <lacuna/attention/select/choices.hpp>

namespace lacuna {
namespace select {

template <class Score, pool::policy Pool = pool::up, select_budget Budget = index_t>
struct top_k {
  static constexpr bool per_query = Score::reduction::per_query;
  Budget budget{};                ///< tokens
  index_t least = 1;              ///< choices, whatever the budget
  index_t sinks = 0, recent = 1;  ///< choices that are always taken
  int grain = 0;                  ///< tokens of a choice; 0: a page
  Score score{};

  template <class A, kv_source Source>
  requires unit_scorer<Score, Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    const choice_range r = kernel::choices_of(h, grain, sinks, recent);
    const index_t most = budget_at(budget, h.at);
    const index_t count = most / r.grain < least ? least : most / r.grain;
    if (most >= h.body.tokens || count >= r.count) return kernel::add_choices(to, r, 0, r.count);
    kernel::add_forced(to, r);
    if (count <= r.forced()) return;
    const auto s = kernel::free_choices(
        kernel::pooled<Pool>(score.units(arch, h, scratch), r, h.body, scratch.choices), r);
    kernel::add_cut(to, r, s, top_cut(s, count - r.forced()));
  }
};

/// Of weights: scores >= 0, softmaxed over units. Forced choices come on top.
template <class Score, pool::policy Pool = pool::up>
struct cumulative {
  static constexpr bool per_query = Score::reduction::per_query;
  double alpha = 0.95, eps = 1e-6;             ///< share of the sum over all choices that are not forced
  index_t least = 1, most = index_t{1} << 40;  ///< choices
  index_t sinks = 0, recent = 1;
  int grain = 0;
  Score score{};

  template <class A, kv_source Source>
  requires unit_scorer<Score, Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    const choice_range r = kernel::choices_of(h, grain, sinks, recent);
    kernel::add_forced(to, r);
    float* const s = kernel::pooled<Pool>(score.units(arch, h, scratch), r, h.body, scratch.choices);
    for (index_t i = r.sinks; i < r.count - r.recent; ++i) s[i] = s[i] > 0 ? s[i] : 0;  // released: -inf
    const auto free = kernel::free_choices(s, r);
    cut c = share_cut(free, alpha - eps);
    if (c.count() < least) c = top_cut(free, least);
    if (c.count() > most) c = top_cut(free, most);
    kernel::add_cut(to, r, free, c);
  }
};

template <class Score, pool::policy Pool = pool::up>
struct threshold {
  static constexpr bool per_query = Score::reduction::per_query;
  float limit = 0;
  index_t sinks = 0, recent = 1;
  int grain = 0;
  Score score{};

  template <class A, kv_source Source>
  requires unit_scorer<Score, Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    const choice_range r = kernel::choices_of(h, grain, sinks, recent);
    kernel::add_forced(to, r);
    const float* const s = kernel::pooled<Pool>(score.units(arch, h, scratch), r, h.body, scratch.choices);
    for (index_t i = r.sinks; i < r.count - r.recent; ++i)
      if (s[i] >= limit) kernel::add_choice(to, r, i);
  }
};

}  // namespace select
}  // namespace lacuna
