#pragma once
// SPDX-License-Identifier: BSL-1.0
// The largest score that a key of a unit can have (Quest, arXiv 2406.10774; LServe, arXiv 2502.14866).
//
//   U(q, unit) = q . centre + |q| . radius  =  sum of max(q low, q high)  >=  q . k     for every key of the unit
//
// A bound for the sums as they are computed needs room for their rounding; what is chosen by it does not.
#include <lacuna/attention/estimate/units.hpp>
#include <lacuna/kv/summary/box.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// a += b for the rows of a chunk.
template <class A>
LACUNA_NOINLINE void add_chunk(float* a, const float* b, int group, int n) {
  for (int g = 0; g < group; ++g)
    for (int t = g * chunk_tokens; t < g * chunk_tokens + n; t += 16)
      simd::store16(a + t, simd::load16<A>(a + t) + simd::load16<A>(b + t));
}

/// The same places, values for keys.
inline void values_as_keys(const chunk_pages& c, chunk_pages& to) {
  for (int i = 0; i < c.count + most_ahead; ++i) to.key[i] = c.value[i];
  for (int i = 0; i < c.count; ++i) to.page[i] = c.page[i], to.tokens[i] = c.tokens[i];
  to.count = c.count;
}

/// out[unit] = the reduction over `group` prepared queries of their bounds.
template <class A, class Reduce, key_codec K>
void box_units(const K& key, const segment& s, int group, float factor, bool first, select_scratch& scratch,
               float* out) {
  chunk_pages c, radii;
  simd::f32x16<A> top[most_group];
  const int unit = s.shape.page;
  float *const centre = scratch.chunk[0], *const radius = scratch.chunk[1];
  for (index_t at = 0; at < s.pages;) {
    at = next_pages(s, {nullptr, 0, s.pages}, at, c);
    values_as_keys(c, radii);
    score_chunk<A>(key, scratch.form, group, s.shape, c, centre, top);
    score_chunk<A>(key, scratch.sizes, group, s.shape, radii, radius, top);
    add_chunk<A>(centre, radius, group, c.count * unit);
    reduce_chunk<A, Reduce>(c, unit, centre, group, factor, first, out);
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

namespace estimate {

/// Needs summary::box in the cache.
template <reduce::group_reduction Reduce = reduce::max>
struct box_bound {
  using reduction = Reduce;
  template <class A, kv_source Source>
  unit_scores units(A, const select_head<Source>& h, select_scratch& scratch) const {
    static_assert(keeps_summary<Source, summary::box>, "lacuna: this scorer needs its summary in the cache");
    const summary::view v = h.source.template summary<summary::box>(h.at.head);
    const auto key = summary::box::key();
    const index_t width = v.units.shape.width();
    for (index_t first = 0; first < h.q.rows(); first += most_group) {
      int group = kernel::fill_queries(h, first, scratch);
      float* const sizes = scratch.chunk[1];  // of |q|, until its first use
      for (index_t i = 0; i < group * width; ++i) sizes[i] = __builtin_fabsf(scratch.queries[i]);
      if constexpr (Reduce::linear) {
        kernel::fold_rows(sizes, group, width);
        group = kernel::fold_rows(scratch.queries, group, width);
      }
      key.prepare(A{}, scratch.queries, group, v.units.shape, scratch.form);
      key.prepare(A{}, sizes, group, v.units.shape, scratch.sizes);
      kernel::box_units<A, Reduce>(key, v.units, group, Reduce::factor(static_cast<int>(h.q.rows())),
                                   first == 0, scratch, scratch.scores);
    }
    return {scratch.scores, v.count(), v.windows.stride};
  }
};

}  // namespace estimate
}  // namespace lacuna
