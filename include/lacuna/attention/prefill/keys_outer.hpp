#pragma once
// SPDX-License-Identifier: BSL-1.0
// The other loop order: each key tile is read and packed once for up to 512 queries of all heads of its group.
//
//   item   up to 8 query tiles of every head of one KV head; their states wait in the worker's memory
//
// Reads K and V once per item instead of keeping a packed copy (FSA's order for block-sparse attention).
#include <lacuna/attention/prefill/run.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

inline constexpr index_t item_tiles = 8;  ///< query tiles of a head in an item

/// What a worker keeps for an item beside its tile_scratch.
template <class T>
struct item_memory {
  float *queries, *states;
  std::int32_t* at;  ///< [head of the group][query tile]: the next tile of its line

  LACUNA_INLINE item_memory(const tile_shape<T>& s, index_t group, carver& part) {
    queries = part.take<float>(group * item_tiles * s.packed());
    states = part.take<float>(group * item_tiles * tile_state::floats(s.width()));
    at = part.take<std::int32_t>(group * item_tiles);
  }
  LACUNA_INLINE static index_t floats(const tile_shape<T>& s, index_t group) {
    carver count(nullptr);
    item_memory(s, group, count);
    return count.floats();
  }
};

/// Query tiles [z0, z1) of all heads of KV head kv.
template <class A, class Job, class T>
void attend_tall(const Job& j, const span_of_tokens& s, index_t kv, index_t z0, index_t z1,
                 const tile_scratch<T>& scratch, const item_memory<T>& own) {
  const auto& plan = j.plan;
  const index_t group = plan.group(), width = j.shape.width();
  const auto for_each = [&](const auto& f) {
    for (index_t g = 0; g < group; ++g)
      for (index_t z = z0; z < z1; ++z) f(kv * group + g, z, g * item_tiles + z - z0);
  };
  const auto state = [&](index_t i) {
    return tile_state::at(own.states + i * tile_state::floats(width), width);
  };
  for_each([&](index_t h, index_t z, index_t i) {
    own.at[i] = plan.ptr[plan.line(s, h, z)];
    clear(state(i), width);
    pack_queries<A>(j, s, h, z, scratch.rows, own.queries + i * j.shape.packed());
  });
  for (index_t c = 0; c < tiles_of(s.nk); ++c) {
    bool here = false;
    for_each([&](index_t h, index_t z, index_t i) {
      const std::int32_t t = own.at[i];
      if (t == plan.ptr[plan.line(s, h, z) + 1] || plan.idx[t] != c) return;
      if (!here) pack_tile<A>(j, s, kv, c, scratch.rows, scratch.tile);
      here = true;
      tile_pair step;
      step.add(scratch.tile, scratch.tile + j.shape.packed(), c * tile_side, plan.kind[t]);
      attend_tiles<A>(j.shape, scratch, own.queries + i * j.shape.packed(), state(i), step, j.place(s, h, z),
                      mask::of_head(plan.mask, h), j.logit);
      ++own.at[i];
    });
  }
  for_each([&](index_t h, index_t z, index_t i) {
    put_tile<A>(j, s, j.place(s, h, z), z, state(i), scratch.rows);
  });
}

template <class A, class Threads, class Job>
void run_keys_outer(const Threads& threads, index_t workers, const Job& j) {
  const auto& plan = j.plan;
  index_t items = 0;  // of one KV head
  plan.for_each_sequence(
      [&](index_t, const span_of_tokens& s) { items += (tiles_of(s.nq) + item_tiles - 1) / item_tiles; });
  take_items(threads, workers, items * plan.kv_heads, [&](index_t i, index_t w) {
    index_t left = items - 1 - i / plan.kv_heads;  // the last queries of causal masks see most: first
    plan.for_each_sequence([&](index_t, const span_of_tokens& s) {
      const index_t n = (tiles_of(s.nq) + item_tiles - 1) / item_tiles, z0 = left * item_tiles;
      left -= n;
      if (left >= 0 || left < -n) return;
      const auto scratch = j.scratch(w);
      carver part(j.workers + w * j.each + std::remove_cvref_t<decltype(scratch)>::floats(j.shape));
      const item_memory<typename Job::product> own(j.shape, plan.group(), part);
      const index_t z1 = z0 + item_tiles < tiles_of(s.nq) ? z0 + item_tiles : tiles_of(s.nq);
      attend_tall<A>(j, s, i % plan.kv_heads, z0, z1, scratch, own);
    });
  });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
