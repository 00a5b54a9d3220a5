#pragma once
// SPDX-License-Identifier: BSL-1.0
// A selection that holds a share of every query's mass: where the inner one falls short, the best units it left out are added.
//
//   select::with_repair<S, estimate::softmax<estimate::own_keys>>{.alpha = 0.95, .inner = s}     CRA >= alpha - eps, exactly
//   select::with_repair<S, estimate::softmax<summary::mean>>{...}                               of the estimated mass
//
// For every query of the group, not for their sum. With the cache's own keys it reads all of them: a meter and an upper bound
// for what a cheap score can do.
#include <lacuna/attention/estimate/softmax.hpp>
#include <lacuna/attention/select/cut.hpp>

namespace lacuna {
namespace select {

template <class Inner, class Score = estimate::softmax<estimate::own_keys>>
struct with_repair {
  static constexpr bool per_query = runs_per_query<Inner>;
  double alpha = 0.95, eps = 1e-6;
  Inner inner{};
  Score score{};

  template <class A, kv_source Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    choose_tokens(arch, inner, h, to, scratch);
    for (index_t first = 0; first < h.q.rows(); first += most_group) {
      const int group = score.rows(arch, h, first, scratch);
      for (int g = 0; g < group; ++g) repair(score.shape_of(h, scratch.rows + g * scratch.room), to);
    }
  }

 private:
  /// Adds the best units of a query that are missing, until there is enough.
  void repair(const unit_scores& u, const token_set& to) const {
    double have = 0, rest = 0;
    for (index_t i = 0; i < u.units; ++i) {
      const bool in = to.has(i * u.stride);
      (in ? have : rest) += static_cast<double>(u.data[i]);
      if (in) u.data[i] = 0;
    }
    const double need = (alpha - eps) * (have + rest) - have;
    if (need <= 0 || rest <= 0) return;
    const array_view<const float> missing(u.data, u.units);
    each_taken(missing, share_cut(missing, need / rest),
               [&](index_t i) { add_range(to, i * u.stride, (i + 1) * u.stride); });
  }
};

}  // namespace select
}  // namespace lacuna
