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

/// Stands for the keys of the cache in the place of a summary: exact weights, which read all keys.
struct own_keys {};

template <class Summary, reduce::group_reduction Reduce = reduce::sum>
struct softmax {
  using reduction = Reduce;

  /// Weights of queries [first, first + n) of the group, in scratch.rows; n is the result.
  template <class A, kv_source Source>
  int rows(A arch, const select_head<Source>& h, index_t first, select_scratch& scratch) const {
    const auto weigh = [&](const auto& key, const auto& kind, const segment& s, index_t closed) {
      const int group = kernel::unit_queries(arch, kind, s.shape, h, first, scratch);
      key.prepare(arch, scratch.queries, group, s.shape, scratch.form);
      kernel::unit_rows<A>(key, s, group, scratch);
      for (int g = 0; g < group; ++g) kernel::weigh_row<A>(scratch.rows + g * scratch.room, closed);
      return group;
    };
    if constexpr (std::is_same_v<Summary, own_keys>) {
      return weigh(h.source.key(), h.source.key(), h.body, h.body.tokens);
    } else {
      static_assert(keeps_summary<Source, Summary>, "lacuna: this scorer needs its summary in the cache");
      const auto& kind = h.source.template kind<Summary>();
      const summary::view v = h.source.template summary<Summary>(h.at.head);
      return weigh(kind.key(), kind, v.units, v.closed);
    }
  }
  /// How many units there are, and their stride.
  template <kv_source Source>
  unit_scores shape_of(const select_head<Source>& h, float* data) const {
    if constexpr (std::is_same_v<Summary, own_keys>) {
      return {data, h.body.tokens, 1};
    } else {
      const summary::view v = h.source.template summary<Summary>(h.at.head);
      return {data, v.closed, v.windows.stride};
    }
  }
  template <class A, kv_source Source>
  unit_scores units(A arch, const select_head<Source>& h, select_scratch& scratch) const {
    const unit_scores u = shape_of(h, scratch.scores);
    for (index_t first = 0; first < h.q.rows(); first += most_group) {
      const int group = rows(arch, h, first, scratch);
      kernel::reduce_rows<A, Reduce>(scratch.rows, scratch.room, group,
                                     Reduce::factor(static_cast<int>(h.q.rows())), first == 0, u.units,
                                     u.data);
    }
    return u;
  }
};

}  // namespace estimate
}  // namespace lacuna
