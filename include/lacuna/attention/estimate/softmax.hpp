#pragma once
// SPDX-License-Identifier: BSL-1.0
// softmax over the units of q . unit / sqrt(head_dim), query by query, then the reduction over the group.
//
//   InfLLM-V2, NSA   means of windows, summed over the group          ShadowKV   landmarks of chunks, the largest of the group
//
// Weights >= 0, 1 in all for each query: what `cumulative` and `with_repair` add up. Units that are still open do not take
// part: a window is seen once its last token is there.
#include <lacuna/attention/estimate/dot.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// rows[g][unit], units in pages of s; what no page holds gets -inf.
template <class A, key_codec K>
void unit_rows(const K& key, const segment& s, int group, select_scratch& scratch) {
  const index_t n = s.pages * s.shape.page;
  for (int g = 0; g < group; ++g)
    for (index_t u = 0; u < n; ++u)
      scratch.rows[g * scratch.room + u] = -std::numeric_limits<float>::infinity();
  each_chunk<A>(key, scratch.form, group, s, scratch.chunk[0], [&](const chunk_pages& c) {
    for (int g = 0; g < group; ++g)
      for (int i = 0; i < c.count; ++i)
        std::memcpy(scratch.rows + g * scratch.room + static_cast<index_t>(c.page[i]) * s.shape.page,
                    scratch.chunk[0] + g * chunk_tokens + i * s.shape.page,
                    static_cast<std::size_t>(s.shape.page) * sizeof(float));
  });
}

/// n scores in base 2 become weights of sum 1, all zeros when none is finite; entries up to the next 16 become 0.
template <class A>
LACUNA_NOINLINE void weigh_row(float* row, index_t n) {
  for (index_t u = n; u < (n + 15) / 16 * 16; ++u) row[u] = -std::numeric_limits<float>::infinity();
  auto top = simd::set16<A>(no_score);
  for (index_t u = 0; u < n; u += 16) top = simd::max(top, simd::load16<A>(row + u));
  const auto most = simd::set16<A>(largest(top));
  auto total = simd::set16<A>(0);
  for (index_t u = 0; u < n; u += 16) {
    const auto p = exp2(simd::load16<A>(row + u) - most);
    total = total + p;
    simd::store16(row + u, p);
  }
  const float all = sum(total);
  const auto whole = simd::set16<A>(all > 0 ? 1 / all : 0.0f);
  for (index_t u = 0; u < n; u += 16) simd::store16(row + u, simd::load16<A>(row + u) * whole);
}

/// out[unit] = the reduction of `group` rows.
template <class A, class Reduce>
void reduce_rows(const float* rows, index_t room, int group, float factor, bool first, index_t n,
                 float* out) {
  for (index_t u = 0; u < n; u += 16) {
    auto x = simd::load16<A>(rows + u);
    for (int g = 1; g < group; ++g) x = Reduce::step(x, simd::load16<A>(rows + g * room + u));
    x = x * simd::set16<A>(factor);
    simd::store16(out + u, first ? x : Reduce::step(simd::load16<A>(out + u), x));
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

namespace estimate {

template <class Summary, reduce::group_reduction Reduce = reduce::sum>
struct softmax {
  using reduction = Reduce;
  template <class A, kv_source Source>
  unit_scores units(A, const select_head<Source>& h, select_scratch& scratch) const {
    const summary::view v = h.source.template summary<Summary>(h.at.head);
    const auto key = h.source.template kind<Summary>().key();
    for (index_t first = 0; first < h.q.rows(); first += most_group) {
      const int group = kernel::fill_queries(h, first, scratch);
      key.prepare(A{}, scratch.queries, group, v.units.shape, scratch.form);
      kernel::unit_rows<A>(key, v.units, group, scratch);
      for (int g = 0; g < group; ++g) kernel::weigh_row<A>(scratch.rows + g * scratch.room, v.closed);
      kernel::reduce_rows<A, Reduce>(scratch.rows, scratch.room, group,
                                     Reduce::factor(static_cast<int>(h.q.rows())), first == 0, v.closed,
                                     scratch.scores);
    }
    return {scratch.scores, v.closed, v.windows.stride};
  }
};

}  // namespace estimate
}  // namespace lacuna
