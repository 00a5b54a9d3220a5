#pragma once
// SPDX-License-Identifier: BSL-1.0
// q . summary: of a mean key (Kinetics, block means), of the label channels of a token (Double Sparsity, arXiv 2408.07092),
// of any summary whose first plane is keys.
//
//   estimate::dot<summary::mean>{}       estimate::dot<summary::channels, reduce::sum>{}
//
// A summary whose units have other channels than the keys (labels, projections) says what becomes of a query:
// `query(arch, head, row, to)`, to[shape.width()].
#include <lacuna/attention/estimate/units.hpp>
#include <lacuna/kv/summary/summary.hpp>

namespace lacuna {
namespace estimate {

template <class Summary, reduce::group_reduction Reduce = reduce::max>
struct dot {
  using reduction = Reduce;
  template <class A, kv_source Source>
  unit_scores units(A, const select_head<Source>& h, select_scratch& scratch) const {
    static_assert(keeps_summary<Source, Summary>, "lacuna: this scorer needs its summary in the cache");
    const summary::view v = h.source.template summary<Summary>(h.at.head);
    const auto& kind = h.source.template kind<Summary>();
    kernel::dot_units<A, Reduce>(kind.key(), kind, v.units, h, scratch, scratch.scores);
    return {scratch.scores, v.count(), v.windows.stride};
  }
};

}  // namespace estimate
}  // namespace lacuna
