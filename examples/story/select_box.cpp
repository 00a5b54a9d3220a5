// SPDX-License-Identifier: BSL-1.0
#include <lacuna/attention/systems/lserve.hpp>
#include <lacuna/attention/systems/quest.hpp>

#include "select_as.hpp"

using namespace lacuna;

namespace story {

kv_pointer make_quest(const select_form& f, const cache_shape& s, kv_options o) {
  const auto make = [f](index_t budget) {
    auto parts = basic_quest<reduce::per_head>{.budget = budget, .dense_layers = 0}.parts();
    parts.inner.grain = f.page, parts.inner.least = 1;
    return parts;
  };
  return selected(f, s, o, make, summary::box{.unit = f.page});
}
/// Two boxes to a page. A model without gates has no streaming heads.
kv_pointer make_lserve(const select_form& f, const cache_shape& s, kv_options o) {
  const auto make = [f](index_t budget) {
    auto parts = basic_lserve<reduce::per_head>{.budget = budget}.parts();
    parts.b.inner.grain = f.page, parts.b.inner.least = 1;
    return parts;
  };
  return selected(f, s, o, make, summary::box{.unit = (f.page + 1) / 2});
}

}  // namespace story
