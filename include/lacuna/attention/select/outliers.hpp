#pragma once
// SPDX-License-Identifier: BSL-1.0
// The chunks that their landmarks stand for worst, whatever the query is (ShadowKV, arXiv 2410.21465: 48 of them).
#include <lacuna/attention/select/place.hpp>
#include <lacuna/kv/summary/landmarks.hpp>

namespace lacuna {
namespace select {

struct outliers {
  static constexpr bool per_query = false;
  static constexpr index_t room = 1024;
  index_t count = 48;  ///< chunks, at most `room`
  template <class A, kv_source Source>
  void choose(A, const select_head<Source>& h, const token_set& to, select_scratch&) const {
    const summary::view v = h.source.template summary<summary::landmarks>(h.at.head);
    index_t worst[room];
    const index_t n = worst_units(v, {worst, count < room ? count : room});
    for (index_t i = 0; i < n; ++i)
      add_range(to, v.first_token(worst[i]), v.first_token(worst[i]) + v.windows.unit);
  }
};

}  // namespace select
}  // namespace lacuna
