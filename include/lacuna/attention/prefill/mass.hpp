#pragma once
// SPDX-License-Identifier: BSL-1.0
// The mass of each key, as a second pass over the same tiles, outer over keys so that no sum is shared:
//
//   mass[kv head][k] = sum over its query heads h and all queries q of 2^(s(h, q, k) - lse2(h, q))
#include <lacuna/attention/prefill/run.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// sum[k] += the weights of key k, 16 lanes of queries each: [key][16]. log2_sums: of the tile's 64 queries.
template <class A>
LACUNA_NOINLINE void add_weights(const float* scores, const float* log2_sums, index_t blocks, float* sum) {
  for (index_t b = 0; b < blocks; ++b, scores += tile_side * 16, log2_sums += 16) {
    const auto whole = simd::load16<A>(log2_sums);
    for (index_t k = 0; k < tile_side; ++k)
      simd::store16(sum + k * 16,
                    simd::load16<A>(sum + k * 16) + simd::exp2(simd::load16<A>(scores + k * 16) - whole));
  }
}

/// The mass of the keys of tile c of KV head kv.
template <class A, class Job>
void mass_of_tile(const Job& j, const span_of_tokens& s, index_t kv, index_t c, index_t worker,
                  matrix_view<float> mass) {
  const auto& plan = j.plan;
  const auto scratch = j.scratch(worker);
  const index_t n = s.nk - c * tile_side < tile_side ? s.nk - c * tile_side : tile_side;
  float* const sum = scratch.state;  // [64][16]
  float whole[tile_side];
  bool packed = false;
  std::memset(sum, 0, tile_side * 16 * sizeof(float));
  for (index_t h = kv * plan.group(); h < (kv + 1) * plan.group(); ++h)
    for (index_t z = 0; z < tiles_of(s.nq); ++z) {
      const index_t line = plan.line(s, h, z);
      const std::int32_t *first = plan.idx + plan.ptr[line], *last = plan.idx + plan.ptr[line + 1];
      const std::int32_t* const found = std::lower_bound(first, last, c);
      if (found == last || *found != c) continue;
      if (!packed) pack_tile<A>(j, s, kv, c, scratch.rows, scratch.tile);
      packed = true;
      tile_pair step;
      step.add(scratch.tile, scratch.tile, c * tile_side, plan.kind[found - plan.idx]);
      const tile_place at = j.place(s, h, z);
      pack_queries<A>(j, s, h, z, scratch.rows, scratch.queries);
      score_tiles<A>(j.shape, scratch.queries, step, scratch.scores);
      change_tiles<A>(step, at, mask::of_head(plan.mask, h), j.logit, scratch.scores, scratch.seen);
      for (index_t i = 0; i < tile_side; ++i)
        whole[i] = i < at.queries ? j.sink.log2_sums[h * j.sink.tokens + s.q0 + z * tile_side + i]
                                  : std::numeric_limits<float>::infinity();
      add_weights<A>(scratch.scores, whole, at.blocks(), sum);
    }
  for (index_t k = 0; k < n; ++k)
    mass(kv, s.k0 + c * tile_side + k) = simd::sum(simd::load16<A>(sum + k * 16));
}

template <class A, class Threads, class Job>
void run_mass(const Threads& threads, index_t workers, const Job& j, matrix_view<float> mass) {
  const auto& plan = j.plan;
  take_items(threads, workers, plan.kv_heads * plan.k_tiles, [&](index_t i, index_t w) {
    const index_t kv = i / plan.k_tiles, tile = i % plan.k_tiles;
    const span_of_tokens& s = plan.sequence_of(tile);
    mass_of_tile<A>(j, s, kv, tile - s.k_tile, w, mass);
  });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
