#pragma once
// SPDX-License-Identifier: BSL-1.0
// The memory of one summary of a store: tiles of units in an arena of their own, and the units that are still open.
//
//   tokens   | page | page | page | page | page ...      slots of the store's pages
//   tiles    |            0              |  1 ...        16 units, one slot of `tiles`; shared, copied and freed as pages are
//   open     sums of the units that the next token may still change, a few floats for each (sequence, head)
//
// A tile lives while one of its tokens does. Its own plane pair holds what a scorer reads: a key tile whose lanes are
// units, and a second one or numbers (a radius, a quality).
#include <lacuna/kv/arena.hpp>
#include <lacuna/kv/summary/windows.hpp>

namespace lacuna {

/// What a summary asks of the store for a cache of some shape.
struct summary_sizes {
  unit_windows windows;
  kv_shape shape;                  ///< of a tile: channels of a unit, 16 units
  std::size_t key = 0, value = 0;  ///< bytes of a tile in both planes
  index_t state = 0;               ///< floats of an open unit
  index_t own = 0;                 ///< bytes that the summary has allocated by itself
  int observed = 0;                ///< 1: numbers that callers add; the tail's tokens have some, too
};

struct summary_memory {
  summary_sizes sizes;
  page_arena tiles;
  buffer<std::uint32_t> table;  // table_tiles entries of each head i; dead: no tile
  buffer<float> open;           // windows.open() states of each head i
  index_t table_tiles = 0;

  LACUNA_INLINE std::uint32_t* slots(index_t i) { return table.data() + i * table_tiles; }
  LACUNA_INLINE const std::uint32_t* slots(index_t i) const { return table.data() + i * table_tiles; }
  /// The state of an open unit of head i.
  LACUNA_INLINE float* state(index_t i, index_t unit) {
    const int n = sizes.windows.open();
    return open.data() + (i * n + unit % n) * sizes.state;
  }
};

namespace detail {
inline namespace LACUNA_ARCH {

inline index_t summary_table_tiles(const summary_sizes& s, index_t positions) {
  return s.windows.tiles(positions);
}
/// Tiles for so many tokens of all heads. Three more of a head: its last one, one on either side of a hole between sinks
/// and window; heads that share pages may need own tiles earlier than own pages.
inline index_t summary_slots(const summary_sizes& s, index_t tokens, index_t heads, index_t table) {
  const index_t n = tokens / (tile_units * s.windows.stride) + 1 + 3 * heads, all = heads * table;
  const index_t most = n < all ? n : all;
  return most < static_cast<index_t>(dead) ? most : static_cast<index_t>(dead) - 1;
}
inline index_t summary_bytes(const summary_sizes& s, index_t slots, index_t heads, index_t table,
                             index_t run) {
  return page_arena::bytes(s.key, s.value, slots, run) + 4 * heads * table +
         4 * heads * s.windows.open() * s.state + s.own;
}
inline void make_summary(summary_memory& m, const summary_sizes& s, index_t slots, index_t heads,
                         index_t table, index_t run) {
  m.sizes = s;
  m.tiles = page_arena(s.key, s.value, slots, run);
  m.table = buffer<std::uint32_t>(heads * table);
  m.open = buffer<float>(heads * s.windows.open() * s.state);
  m.table_tiles = table;
  std::memset(m.table.data(), 0xff, m.table.bytes());
}

/// Free tiles that head i asks for when its tokens grow from a to b.
inline index_t tiles_to_grow(const summary_memory& m, index_t i, index_t a, index_t b) {
  const unit_windows w = m.sizes.windows;
  if (a == b) return 0;
  const index_t had = w.tiles(a);
  index_t need = w.tiles(b) - had;
  for (index_t t = w.closed(a) / tile_units; t < had; ++t) {
    const std::uint32_t slot = m.slots(i)[t];
    need += slot == dead || m.tiles.refs[slot] > 1 ? 1 : 0;
  }
  return need;
}

/// The slot of a tile that only head i has.
inline std::uint32_t own_tile(summary_memory& m, index_t i, index_t tile) {
  std::uint32_t* const slots = m.slots(i);
  const std::uint32_t before = tile > 0 ? slots[tile - 1] : dead;
  slots[tile] = slots[tile] == dead ? take_slot(m.tiles, before) : own_slot(m.tiles, slots[tile], before);
  return slots[tile];
}

/// Gives back tiles [first, last) of head i.
inline void give_tiles(summary_memory& m, index_t i, index_t first, index_t last) {
  for (index_t t = first; t < last; ++t) {
    std::uint32_t& slot = m.slots(i)[t];
    if (slot != dead) give_slot(m.tiles, slot);
    slot = dead;
  }
}

/// Head `to`, which has nothing, gets all that head `from` has.
inline void share_tiles(summary_memory& m, index_t from, index_t to, index_t tokens) {
  for (index_t t = 0; t < m.sizes.windows.tiles(tokens); ++t) {
    const std::uint32_t slot = m.slots(from)[t];
    m.slots(to)[t] = slot;
    if (slot != dead) ++m.tiles.refs[slot];
  }
  const index_t n = m.sizes.windows.open() * m.sizes.state;
  if (n > 0) std::memcpy(m.open.data() + to * n, m.open.data() + from * n, static_cast<std::size_t>(n) * 4);
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
