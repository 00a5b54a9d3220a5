#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scores of all units of a head: a summary is key pages whose tokens are units, so this is the K loop of decode.
//
//   unit_scores u = score.units(arch, head, scratch);      u.data[unit], in scratch; units lie `stride` tokens apart
//
// Read once, in order, at the rate of dense keys; a group of queries shares each load.
#include <lacuna/attention/attend.hpp>
#include <lacuna/attention/estimate/reduce.hpp>
#include <lacuna/attention/select/place.hpp>

namespace lacuna {

/// One number per unit; larger is better. Unit u stands for the tokens from u * stride on.
struct unit_scores {
  float* data = nullptr;
  index_t units = 0;
  int stride = 1;
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// Chunks of scores[query][chunk_tokens] for all pages of s, then done(chunk).
template <class A, key_codec K, class F>
void each_chunk(const K& key, query_form& f, int group, const segment& s, float* scores, const F& done) {
  chunk_pages c;
  simd::f32x16<A> top[most_group];
  const list_view all{nullptr, 0, s.pages};
  for (index_t at = 0; at < all.count;) {
    at = next_pages(s, all, at, c);
    score_chunk<A>(key, f, group, s.shape, c, scores, top);
    done(c);
  }
}

/// The scores of a chunk's pages, reduced over the queries, into out[unit]; first: nothing is there yet.
template <class A, class Reduce>
LACUNA_NOINLINE void reduce_chunk(const chunk_pages& c, int page, const float* scores, int group,
                                  float factor, bool first, float* out) {
  const auto scale = simd::set16<A>(factor);
  for (int i = 0; i < c.count; ++i)
    for (int t = 0; t < page; t += 16) {
      const float* const from = scores + i * page + t;
      float* const to = out + static_cast<index_t>(c.page[i]) * page + t;
      auto x = simd::load16<A>(from);
      for (int g = 1; g < group; ++g) x = Reduce::step(x, simd::load16<A>(from + g * chunk_tokens));
      if (factor != 1) x = x * scale;
      simd::store16(to, first ? x : Reduce::step(simd::load16<A>(to), x));
    }
}

/// Replaces the rows of queries by their sum, once: what a linear reduction leaves to score.
LACUNA_INLINE int fold_rows(float* rows, int group, index_t width) {
  for (int g = 1; g < group; ++g)
    for (index_t d = 0; d < width; ++d) rows[d] += rows[g * width + d];
  return 1;
}

/// A group of queries, from row `first` on, as the units of a summary want them, in scratch.queries: their channels, where
/// it says which. Returns how many there are.
template <class A, class Summary, class Source>
int unit_queries(A arch, const Summary& kind, kv_shape unit, const select_head<Source>& h, index_t first,
                 select_scratch& scratch) {
  const int group = fill_queries(h, first, scratch);
  if constexpr (requires { kind.query(arch, h.at.head, scratch.queries, scratch.queries); }) {
    float* const label = scratch.chunk[0];
    for (int g = 0; g < group; ++g)
      kind.query(arch, h.at.head, scratch.queries + g * h.body.shape.width(), label + g * unit.width());
    std::memcpy(scratch.queries, label, static_cast<std::size_t>(group * unit.width()) * sizeof(float));
  }
  return group;
}

/// out[unit] = the reduction over all queries of the group of q . key.
template <class A, class Reduce, key_codec K, class Kind, class Source>
void dot_units(const K& key, const Kind& kind, const segment& s, const select_head<Source>& h,
               select_scratch& scratch, float* out) {
  for (index_t first = 0; first < h.q.rows(); first += most_group) {
    int group = unit_queries(A{}, kind, s.shape, h, first, scratch);
    if constexpr (Reduce::linear) group = fold_rows(scratch.queries, group, s.shape.width());
    key.prepare(A{}, scratch.queries, group, s.shape, scratch.form);
    const float factor = Reduce::factor(static_cast<int>(h.q.rows()));
    each_chunk<A>(key, scratch.form, group, s, scratch.chunk[0], [&](const chunk_pages& c) {
      reduce_chunk<A, Reduce>(c, s.shape.page, scratch.chunk[0], group, factor, first == 0, out);
    });
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
