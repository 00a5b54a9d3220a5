#pragma once
// SPDX-License-Identifier: BSL-1.0
// Numbers that the cache was told, one for each token, whatever the query is.
//
//   estimate::observed<summary::mass>         attention so far (H2O, arXiv 2306.14048; SnapKV, arXiv 2404.14469)
//   estimate::observed<summary::value_bias>   what a model says of its values (NOSA, arXiv 2510.13602)
//
// `smooth` tokens on each side are averaged (SnapKV's pooling); with pool::up a page counts its best token.
#include <lacuna/attention/estimate/units.hpp>
#include <lacuna/kv/summary/observed.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// out[token] of every token in pages.
inline void number_units(const summary::view& v, index_t tokens, float* out) {
  for (index_t t = 0; t < tokens; t += tile_units) {
    const auto tile = static_cast<std::uint32_t>(t / tile_units);
    if (v.units.is_dead(tile))
      std::memset(out + t, 0, tile_units * sizeof(float));
    else
      std::memcpy(out + t, v.units.key(tile), tile_units * sizeof(float));
  }
}
/// The mean of the 2 width + 1 numbers around each, cut at the ends.
inline void smooth_units(float* x, index_t n, index_t width, float* rows) {
  if (width <= 0) return;
  std::memcpy(rows, x, static_cast<std::size_t>(n) * sizeof(float));
  for (index_t t = 0; t < n; ++t) {
    const index_t first = t < width ? 0 : t - width, last = t + width < n ? t + width + 1 : n;
    float total = 0;
    for (index_t i = first; i < last; ++i) total += rows[i];
    x[t] = total / static_cast<float>(last - first);
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

namespace estimate {

template <observed_summary Summary>
struct observed {
  using reduction = reduce::max;
  index_t smooth = 0;
  template <class A, kv_source Source>
  unit_scores units(A, const select_head<Source>& h, select_scratch& scratch) const {
    static_assert(keeps_summary<Source, Summary>, "lacuna: this scorer needs its summary in the cache");
    const summary::view v = h.source.template summary<Summary>(h.at.head);
    kernel::number_units(v, h.body.tokens, scratch.scores);
    kernel::smooth_units(scratch.scores, h.body.tokens, smooth, scratch.rows);
    return {scratch.scores, h.body.tokens, 1};
  }
};

}  // namespace estimate
}  // namespace lacuna
