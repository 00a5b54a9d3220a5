#pragma once
// SPDX-License-Identifier: BSL-1.0
// One cache, the queries of many sequences: a tall block of rows for each KV head.
//
//   rows of head h    sequence 0: group | sequence 1: group | ...        in tiles of 64
//   item              a piece of the tiles of keys of one head, for all of its rows: each tile is read once
//
// Pieces are cut by shape; their states are merged in order.
#include <lacuna/attention/cascade/load.hpp>
#include <lacuna/attention/mask/every.hpp>
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/take_items.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Heads times pieces come to about so many items; a piece has at least `least_piece` tiles.
inline constexpr index_t tall_items = 16, least_piece = 16;

LACUNA_INLINE constexpr index_t tiles_for(index_t n) { return (n + tile_side - 1) / tile_side; }

template <class T, class C, class Logit>
struct tall_job {
  cache_rows<C> source;
  matrix_view<const float> q;  ///< [sequences * heads * group, head_dim]
  index_t sequences, heads, group, pieces;
  Logit logit;
  float scale;  ///< of Q: base 2 unless a policy wants natural scores
  tile_shape<T> shape;
  float *workers = nullptr, *partials = nullptr;
  index_t each = 0;

  index_t rows() const { return sequences * group; }
  index_t row(index_t h, index_t i) const { return (i / group * heads + h) * group + i % group; }
  /// The state of piece p of head h: `rows` of them, `width` wide.
  state_view partial(index_t h, index_t p) const {
    const index_t n = rows(), width = shape.width();
    float* const o = partials + (h * pieces + p) * n * (width + 2);
    return {o, o + n * width, o + n * (width + 1), n, width};
  }
};

template <class T>
struct tall_memory {
  tile_scratch<T> scratch;
  float *queries, *states, *second;
  LACUNA_INLINE tall_memory(const tile_shape<T>& s, index_t rows, carver& part) : scratch(s, part) {
    queries = part.take<float>(tiles_for(rows) * s.packed());
    states = part.take<float>(tiles_for(rows) * tile_state::floats(s.width()));
    second = part.take<float>(2 * s.packed());
  }
};

/// Rows [64 z, ...) of head h, scaled, as a tile.
template <class A, class Job>
void pack_tall(const Job& j, index_t h, index_t z, float* rows, float* to) {
  const index_t width = j.shape.width(), left = j.rows() - z * tile_side;
  const index_t n = left < tile_side ? left : tile_side;
  for (index_t i = 0; i < n; ++i)
    widen_row<A>(&j.q(j.row(h, z * tile_side + i), 0), j.q.cols(), width, j.scale, rows + i * width);
  std::memset(rows + n * width, 0, static_cast<std::size_t>((tile_side - n) * width) * sizeof(float));
  pack_lanes<A>(j.shape, rows, tile_side, to, tile_side);
}

/// What will be read next, while this is computed.
LACUNA_INLINE void ask_for(const std::byte* p, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += 64) simd::prefetch_l2(p, at);
}

/// Tiles [first, last) of head h meet all of its rows.
template <class A, class T, class Job>
void attend_piece_tall(const Job& j, index_t h, index_t piece, const tall_memory<T>& own) {
  const segment body = j.source.cache.body(h);
  const index_t tokens = j.source.tokens_of(h), tiles = tiles_for(tokens), nz = tiles_for(j.rows());
  const index_t first = tiles * piece / j.pieces, last = tiles * (piece + 1) / j.pieces;
  const index_t width = j.shape.width();
  const auto state = [&](index_t z) {
    return tile_state::at(own.states + z * tile_state::floats(width), width);
  };
  for (index_t z = 0; z < nz; ++z) {
    clear(state(z), width);
    pack_tall<A>(j, h, z, own.scratch.rows, own.queries + z * j.shape.packed());
  }
  for (index_t c = first; c < last;) {
    tile_pair step;
    for (; step.count < step_tiles && c < last; ++c) {
      float* const to = step.count == 0 ? own.scratch.tile : own.second;
      const auto t = load_tile<A>(j.shape, j.source, body, h, c, own.scratch.rows, to);
      step.add(t.keys, t.values, c * tile_side,
               (c + 1) * tile_side <= tokens ? mask::cover::full : mask::cover::partial);
    }
    for (index_t next = c; next < c + step_tiles && next < body.pages && body.shape.page == tile_side;
         ++next) {
      const auto page = static_cast<std::uint32_t>(next);
      ask_for(body.key(page), body.key_stride), ask_for(body.value(page), body.value_stride);
    }
    for (index_t z = 0; z < nz; ++z) {
      const index_t left = j.rows() - z * tile_side;
      attend_tiles<A>(j.shape, own.scratch, own.queries + z * j.shape.packed(), state(z), step,
                      {0, 0, left < tile_side ? left : tile_side, tokens}, mask::every{}, j.logit);
    }
  }
  const state_view to = j.partial(h, piece);
  for (index_t i = 0; i < j.rows(); ++i) {
    const tile_state st = state(i / tile_side);
    state_row<A>(j.shape, st, i % tile_side, 1.0f, to.o + i * width);
    to.m[i] = st.m[i % tile_side], to.l[i] = st.l[i % tile_side];
  }
}

/// st += the attention of all rows to the cache; st is in the order of Q.
template <class A, class Threads, class Job>
void run_tall(const Threads& threads, Job& j, const state_view& st, workspace& memory) {
  using T = typename decltype(j.shape)::product;
  const index_t items = j.heads * j.pieces, workers = threads.width() < items ? threads.width() : items;
  if (items == 0 || j.rows() == 0) return;
  const index_t width = j.shape.width();
  carver one(nullptr);
  tall_memory<T>(j.shape, j.rows(), one);
  j.each = one.floats();
  const index_t partial = j.rows() * (width + 2);
  j.workers = memory.floats(workers * j.each + items * partial);
  j.partials = j.workers + workers * j.each;
  take_items(threads, workers, items, [&](index_t i, index_t w) {
    carver part(j.workers + w * j.each);
    attend_piece_tall<A>(j, i / j.pieces, i % j.pieces, tall_memory<T>(j.shape, j.rows(), part));
  });
  for (index_t h = 0; h < j.heads; ++h)
    for (index_t p = 0; p < j.pieces; ++p) {
      const state_view from = j.partial(h, p);
      for (index_t i = 0; i < j.rows(); ++i) {
        const index_t r = j.row(h, i);
        merge({st.o + r * width, st.m + r, st.l + r, 1, width},
              {from.o + i * width, from.m + i, from.l + i, 1, width});
      }
    }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
