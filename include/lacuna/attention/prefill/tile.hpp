#pragma once
// SPDX-License-Identifier: BSL-1.0
// One step of prefill: 64 queries meet one or two key tiles. scores -> policy, mask -> weights -> sums of values.
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/attention/prefill/pack.hpp>
#include <lacuna/attention/prefill/weigh.hpp>
#include <lacuna/attention/state.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The key tiles of a step.
struct tile_pair {
  int count = 0;
  const float *keys[step_tiles], *values[step_tiles];
  index_t first[step_tiles];  ///< position of the first key
  mask::cover kind[step_tiles];
  const float* ahead[step_tiles] = {};  ///< tiles of the next step, keys and values, or nullptr

  LACUNA_INLINE void add(const float* k, const float* v, index_t first_key, mask::cover c) {
    keys[count] = k;
    values[count] = v;
    first[count] = first_key;
    kind[count++] = c;
  }
};

/// Which queries of which head, and how many keys there are.
struct tile_place {
  index_t head, q, queries, nk;  ///< q: position of the first query

  LACUNA_INLINE index_t blocks() const { return (queries + 15) / 16; }
};

LACUNA_INLINE void clear(const tile_state& st, index_t width) {
  std::memset(st.o, 0, static_cast<std::size_t>(tile_side * width) * sizeof(float));
  for (index_t i = 0; i < tile_side; ++i) st.m[i] = no_score, st.l[i] = 0;
}

/// scores = queries * keys of all tiles of the step, [block][key][16].
template <class A, class T>
LACUNA_INLINE void score_tiles(const tile_shape<T>& s, const float* queries, const tile_pair& tiles,
                               float* scores) {
  const index_t block = tiles.count * tile_side * 16;
  for (int i = 0; i < tiles.count; ++i)
    for (index_t t = 0; t < tile_side; t += 16)
      multiply16<A, T>({tiles.keys[i] + t * s.words(), &queries, 0, 1, tile_side, s.words(),
                        scores + (i * tile_side + t) * 16, 16, block, nullptr,
                        s.share(tiles.ahead[0], i * 4 + t / 16, tiles.count * 4)});
}

/// What a policy and the mask make of them.
template <class A, class M, logit::policy Logit>
LACUNA_INLINE void change_tiles(const tile_pair& tiles, const tile_place& at, const M& m, const Logit& logit,
                                float* scores, std::uint64_t* seen) {
  for (int i = 0; i < tiles.count; ++i) {
    const bool partial = tiles.kind[i] == mask::cover::partial;
    if (std::is_same_v<Logit, logit::unchanged> && !partial) continue;
    if (partial) seen_keys(m, at.q, at.queries, tiles.first[i], at.nk, seen);
    for (index_t b = 0; b < at.blocks(); ++b)
      change_scores<A>(scores + (b * tiles.count + i) * tile_side * 16, logit,
                       {at.head, at.q + 16 * b, tiles.first[i]}, partial ? seen : nullptr,
                       static_cast<int>(b));
  }
}

/// Adds the tiles of the step to the state.
template <class A, class T, class M, logit::policy Logit>
void attend_tiles(const tile_shape<T>& s, const tile_scratch<T>& scratch, const float* queries,
                  const tile_state& st, const tile_pair& tiles, const tile_place& at, const M& m,
                  const Logit& logit) {
  constexpr index_t depth = tile_shape<T>::depth();
  score_tiles<A, T>(s, queries, tiles, scratch.scores);
  change_tiles<A>(tiles, at, m, logit, scratch.scores, scratch.seen);
  const index_t keys = tiles.count * tile_side, words = tiles.count * depth * 16;
  for (index_t b = 0; b < at.blocks(); ++b)
    weigh<A, T>(scratch.scores + b * keys * 16, keys, st.m + 16 * b, st.l + 16 * b, scratch.rescale + 16 * b,
                scratch.weights + b * words);
  for (int p = 0; p < s.head.panels(); ++p) {
    const index_t wide = s.head.panel_width(p), first = s.head.panel_first(p);
    for (index_t b = 0; b < at.blocks(); ++b)
      multiply16<A, T>({scratch.weights + b * words, tiles.values, depth * first, tiles.count, wide, depth,
                        st.o + first * tile_side + b * 16 * wide, wide, 16, scratch.rescale + 16 * b,
                        s.share(tiles.ahead[1], p * at.blocks() + b, s.head.panels() * at.blocks())});
  }
}

/// Row i of a state, `width` floats, times `factor`.
template <class A, class T>
LACUNA_INLINE void state_row(const tile_shape<T>& s, const tile_state& st, index_t i, float factor,
                             float* to) {
  const auto f = simd::set16<A>(factor);
  for (int p = 0; p < s.head.panels(); ++p) {
    const index_t wide = s.head.panel_width(p), first = s.head.panel_first(p);
    for (index_t d = 0; d < wide; d += 16)
      simd::store16(to + first + d, simd::load16<A>(st.o + first * tile_side + i * wide + d) * f);
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
