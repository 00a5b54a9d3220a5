// SPDX-License-Identifier: BSL-1.0
#include <lacuna/attention/estimate/box_bound.hpp>

#include "select_as.hpp"

using namespace lacuna;

namespace story {

using boxes = estimate::box_bound<reduce::per_head>;

kv_pointer make_quest(const select_form& f, const cache_shape& s, kv_options o) {
  return selected(
      f, s, o, [f](index_t budget) { return select::top_k<boxes>{.budget = budget, .grain = f.page}; },
      summary::box{.unit = f.page});
}
/// Two boxes to a page, chosen every fourth step, by all heads: a model without gates has no streaming ones.
kv_pointer make_lserve(const select_form& f, const cache_shape& s, kv_options o) {
  return selected(
      f, s, o,
      [f](index_t budget) {
        return select::every<select::top_k<boxes>>{.steps = 4, .inner = {.budget = budget, .grain = f.page}};
      },
      summary::box{.unit = (f.page + 1) / 2});
}

}  // namespace story
