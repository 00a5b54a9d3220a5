#pragma once
// SPDX-License-Identifier: BSL-1.0
// Reuse: a list serves `steps` steps (LServe, arXiv 2502.14866: 4).
//
//   length     ... 4095  4096  4097  4098  4099  4100 ...         steps = 4
//   list             A     B     B     B     B     C              + the pages that are new since
//
// Made anew when a multiple of `steps` has been passed (or the cache is shorter than when it was made); between, it is the list
// of the last one plus every token from its last page on. What the cache remembers per list is one selection, so a
// composition holds one `every` for a head.
#include <lacuna/attention/select/choices.hpp>

namespace lacuna {
namespace select {

template <class Inner>
struct every {
  static constexpr bool per_query = runs_per_query<Inner>, remembers = true;
  index_t steps = 4;
  Inner inner{};

  template <class A, kv_source Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    selection* const m = h.memory;
    if (m == nullptr || steps <= 1) return choose_tokens(arch, inner, h, to, scratch);
    const index_t n = h.at.tokens;
    if (m->made_at < 0 || n < m->made_at || n / steps != m->made_at / steps) {
      const token_set own{scratch.spare, to.pages, to.tokens, to.page};
      clear(own);
      choose_tokens(arch, inner, h, own, scratch);
      m->count = write_list(own, h.body, m->list);
      m->made_at = n;
      m->body = h.body.tokens;
    }
    add_list(to, m->list, m->count);
    if (m->body < h.body.tokens) add_range(to, m->body - m->body % to.page, h.body.tokens);
  }
};

}  // namespace select
}  // namespace lacuna
