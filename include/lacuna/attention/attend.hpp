#pragma once
// SPDX-License-Identifier: BSL-1.0
// One decode skeleton for every pair of codecs: score a chunk of 1024 listed tokens, weigh, accumulate, go on.
//
//   attend(key, value, segment, list, queries, limit, state, scratch)      state += the listed tokens of the segment
//
// Body and tail, pieces of a list and shards compose by calling it again or by merging states. Up to 8 queries share
// each load. It allocates nothing.
#include <lacuna/attention/accumulate.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Scores of the pages of c, [query][chunk_tokens].
template <class A, key_codec K>
void score_chunk(const K& key, query_form& f, int group, kv_shape z, const chunk_pages& c, float* scores,
                 simd::f32x16<A>* top) {
  for (int g = 0; g < group; ++g) top[g] = simd::set16<A>(no_score);
  for (int i = 0; i < c.count; ++i) {
    if constexpr (requires { key.fold(A{}, c.key[i], group, z, f); }) key.fold(A{}, c.key[i], group, z, f);
    by_blocks<key_block<A>>(group, [&](auto block, int g0) LACUNA_LAMBDA {
      score_page<A, block>(key, f, g0, z, c, i, scores + i * z.page, top);
    });
  }
}

/// Logits of single tokens, natural, whatever the query is: token t of a segment has that of position first + t.
/// `numbers` is tiles of 16 floats; a dead tile is zeros. first is a multiple of 16.
struct logit_bias {
  segment numbers{};
  index_t first = 0;
};

/// scores += bias, for the pages of c; top sees the new ones.
template <class A>
LACUNA_NOINLINE void add_bias(const logit_bias& b, const chunk_pages& c, int page, int group, float* scores,
                              simd::f32x16<A>* top) {
  for (int g = 0; g < group; ++g) top[g] = simd::set16<A>(no_score);
  const auto to_base2 = simd::set16<A>(1.44269504f);
  for (int i = 0; i < c.count; ++i)
    for (int t = 0; t < page; t += tile_tokens) {
      const index_t position = b.first + static_cast<index_t>(c.page[i]) * page + t;
      const auto tile = static_cast<std::uint32_t>(position / tile_tokens);
      auto x = simd::set16<A>(0);
      if (!b.numbers.is_dead(tile))
        x = to_base2 * simd::load16<A>(reinterpret_cast<const float*>(b.numbers.key(tile)));
      for (int g = 0; g < group; ++g) {
        float* const s = scores + g * chunk_tokens + i * page + t;
        const auto y = simd::load16<A>(s) + x;
        top[g] = simd::max(top[g], y);
        simd::store16(s, y);
      }
    }
}

/// The first `ahead` bytes of panel p, which the walk before it did not ask for: while its weights are prepared.
template <value_codec V>
void ask_panel(const V& value, const chunk_pages& c, int p, kv_shape z) {
  const std::size_t bytes = value.unit_bytes(p, z) * static_cast<std::size_t>(z.page / V::unit_rows);
  std::size_t asked = 0;
  for (int i = 0; i < c.count && asked < V::ahead; ++i, asked += bytes)
    for (std::size_t b = 0; b < bytes; b += 64) ask(value.panel(c.value[i], p, z) + b);
}

/// Adds the listed tokens of s to st: st.rows <= most_group queries, prepared by `key` in f; st.dim = width.
/// limit: the soft cap times log2(e), or 0.
template <class A, key_codec K, value_codec V>
void attend(A arch, const K& key, const V& value, const segment& s, const list_view& list, query_form& f,
            float limit, const state_view& st, attend_scratch& scratch, const logit_bias* bias = nullptr) {
  const kv_shape z = s.shape;
  const int group = static_cast<int>(st.rows), step = V::weights_per_panel ? 1 : z.panels();
  chunk_pages c;
  simd::f32x16<A> top[most_group];
  float rescale[most_group];
  scratch.weights.p = scratch.scores;
  for (index_t at = 0; at < list.count;) {
    at = next_pages(s, list, at, c);
    if (c.count == 0) continue;
    if constexpr (requires { value.touch(arch, c.value[0], z); })  // scales: asked for while keys are scored
      for (int i = 0; i < c.count; ++i) value.touch(arch, c.value[i], z);
    score_chunk<A>(key, f, group, z, c, scratch.scores, top);
    if (bias != nullptr) add_bias<A>(*bias, c, z.page, group, scratch.scores, top);
    softmax_step<A>(scratch.scores, c.count * z.page, top, limit, st, rescale);
    for (int p = 0; p < z.panels(); p += step) {
      if constexpr (V::weights_per_panel) ask_panel(value, c, p, z);
      value.prepare(arch, group, c.value, c.count, p, z, scratch.weights);
      by_blocks<value_block<A>>(group, [&](auto block, int g0) LACUNA_LAMBDA {
        accumulate<A, block>(value, scratch.weights, g0, c, p, p + step, z, rescale, st);
      });
    }
  }
}

/// mass[position] = the sum over the queries of their weights, given the m and l of the finished states; positions
/// that are not listed stay as they are.
template <class A, key_codec K>
void add_mass(A, const K& key, const segment& s, const list_view& list, query_form& f, float limit,
              const state_view& st, float* mass, attend_scratch& scratch, const logit_bias* bias = nullptr) {
  const kv_shape z = s.shape;
  const int group = static_cast<int>(st.rows);
  chunk_pages c;
  simd::f32x16<A> top[most_group];
  for (index_t at = 0; at < list.count;) {
    at = next_pages(s, list, at, c);
    score_chunk<A>(key, f, group, z, c, scratch.scores, top);
    if (bias != nullptr) add_bias<A>(*bias, c, z.page, group, scratch.scores, top);
    for (int i = 0; i < c.count; ++i)
      for (int t = 0; t < z.page; t += tile_tokens) {
        auto total = simd::set16<A>(0);
        for (int g = 0; g < group; ++g) {
          auto x = simd::load16<A>(scratch.scores + g * chunk_tokens + i * z.page + t);
          if (limit > 0) x = capped<A>(x, limit);
          const float whole = st.l[g] == 0 ? 0 : 1 / st.l[g];
          total = fma(exp2(x - simd::set16<A>(st.m[g])), simd::set16<A>(whole), total);
        }
        float lane[tile_tokens];
        simd::store16(lane, total);
        const index_t position = static_cast<index_t>(c.page[i]) * z.page + t;
        for (int l = 0; l < tile_tokens; ++l)
          if ((c.tokens[i] >> (t + l) & 1) != 0) mass[position + l] += lane[l];
      }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
