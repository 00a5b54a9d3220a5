#pragma once
// SPDX-License-Identifier: BSL-1.0
// The summaries of a saved cache: checked where they lie, and moved into a new one.
//
// Which tiles there are follows from the pages: a tile lives while one of its tokens does. Their lanes after the last unit
// are zeros. What lies in the other lanes is what the cache held; a wrong number there chooses badly and reads nothing it
// must not. Sums of units that are still open are not in the file: they are folded from the keys again.
#include <lacuna/interop/cache_file_arrays.hpp>
#include <lacuna/interop/matrix_file.hpp>

namespace lacuna {
namespace detail {

/// The four arrays of a summary in a file.
struct summary_file {
  array_view<const std::int64_t> amounts;
  array_view<const std::uint32_t> tiles;
  array_view<const std::byte> keys, values;
};
/// Checked: where everything lies.
struct saved_units {
  summary_sizes sizes;
  const std::uint32_t* tiles = nullptr;
  const std::byte *keys = nullptr, *values = nullptr;
};

inline namespace LACUNA_ARCH {

/// Tokens of head h that a summary covers, and the tiles of heads before it.
inline index_t covered_of(const summary_sizes& s, const std::int64_t* heads, index_t h) {
  return heads[2 * h + (s.observed != 0 ? 0 : 1)];
}
inline index_t tiles_before(const summary_sizes& s, const std::int64_t* heads, index_t h) {
  index_t n = 0;
  for (index_t i = 0; i < h; ++i) n += s.windows.tiles(covered_of(s, heads, i));
  return n;
}
inline summary::view view_of_units(const saved_units& u, const std::int64_t* heads, index_t h) {
  const index_t n = covered_of(u.sizes, heads, h);
  const unit_windows w = u.sizes.windows;
  return {{u.keys, u.values, u.sizes.key, u.sizes.value, u.tiles + tiles_before(u.sizes, heads, h),
           w.tiles(n), w.begun(n), u.sizes.shape},
          w,
          w.closed(n),
          n};
}

/// The tiles of all heads against their pages; returns how many live.
inline index_t check_tiles_of(const saved_cache& z, const std::int64_t* heads, const std::uint32_t* slots,
                              const summary_sizes& s, array_view<const std::uint32_t> tiles,
                              const std::string& name) {
  const index_t all = tiles_before(s, heads, z.kv_heads);
  check_within(name, "tiles of a summary", tiles.size(), all, all);
  index_t at = 0, live = 0;
  for (index_t h = 0; h < z.kv_heads; ++h) {
    const kv_head head{heads[2 * h], heads[2 * h + 1]};
    const index_t n = covered_of(s, heads, h);
    for (index_t t = 0; t < s.windows.tiles(n); ++t, ++at) {
      const bool lives = tile_lives(slots, head, static_cast<int>(z.page), s.windows, t, n);
      if (tiles[at] != (lives ? static_cast<std::uint32_t>(live) : dead))
        refuse_cache(name, lives ? "tile " + count_text(live) : "a hole for a tile without tokens",
                     count_text(tiles[at]));
      live += lives ? 1 : 0;
    }
    slots += z.pages(head.packed);
  }
  return live;
}

/// Lanes after the last unit of a head are as `clear` leaves them.
template <class S>
void check_last_lanes(const S& kind, kv_shape z, const summary::view& v, const std::string& name) {
  const auto lanes = static_cast<int>(v.count() % tile_units);
  const auto last = static_cast<std::uint32_t>(v.count() / tile_units);
  if (lanes == 0 || v.units.is_dead(last)) return;
  std::vector<std::byte> keys(v.units.key(last), v.units.key(last) + v.units.key_stride),
      values(v.units.value(last), v.units.value(last) + v.units.value_stride);
  for (int lane = lanes; lane < tile_units; ++lane)
    kind.clear(simd::best{}, z, keys.data(), values.data(), lane);
  if (!std::equal(keys.begin(), keys.end(), v.units.key(last)) ||
      !std::equal(values.begin(), values.end(), v.units.value(last)))
    refuse_cache(name, "zeros after the last unit of a summary", "another number");
}

template <class S>
saved_units open_units(S& kind, const saved_cache& z, const std::int64_t* heads, const std::uint32_t* slots,
                       const summary_file& file, file_check check, const std::string& name) {
  if (!kind.restore(file.amounts))
    refuse_cache(name, std::string("the amounts of a summary ") + S::name, "others");
  saved_units u{kind.sizes(z.shape(), z.kv_heads), file.tiles.data(), file.keys.data(), file.values.data()};
  const index_t live = check_tiles_of(z, heads, slots, u.sizes, file.tiles, name);
  check_plane("keys of a summary", file.keys, live, static_cast<index_t>(u.sizes.key), name);
  check_plane("values of a summary", file.values, live, static_cast<index_t>(u.sizes.value), name);
  if (check == file_check::all)
    for (index_t h = 0; h < z.kv_heads; ++h)
      check_last_lanes(kind, z.shape(), view_of_units(u, heads, h), name);
  return u;
}

/// Tiles of all heads, view(summary, head), into a store whose pages are filled.
template <class Store, class F>
void fill_summaries(Store& m, const F& view) {
  std::size_t k = 0;
  each_summary(m, [&]<class S>(const S& kind, summary_memory& s) {
    for (index_t h = 0; h < m.options.kv_heads; ++h) {
      const segment from = view(k, h).units;
      for (index_t t = 0; t < from.pages; ++t) {
        const auto tile = static_cast<std::uint32_t>(t);
        if (from.is_dead(tile)) continue;
        const std::uint32_t slot = own_tile(s, h, t);
        std::memcpy(s.tiles.planes.key(slot), from.key(tile), s.sizes.key);
        std::memcpy(s.tiles.planes.value(slot), from.value(tile), s.sizes.value);
      }
      if constexpr (key_summary<S>) fold_open(m, kind, s, h, m.heads[h].packed, m.rows.data());
    }
    ++k;
  });
}

/// Fails with errc::overflow when a new store has too few tiles.
template <class Store, class F>
void check_room(const Store& m, const F& view) {
  for (index_t k = 0; k < m.summary_count; ++k) {
    index_t need = 0;
    for (index_t h = 0; h < m.options.kv_heads; ++h) {
      const segment s = view(static_cast<std::size_t>(k), h).units;
      for (index_t t = 0; t < s.pages; ++t) need += s.is_dead(static_cast<std::uint32_t>(t)) ? 0 : 1;
    }
    if (need > m.summaries[k].tiles.free)
      fail(errc::overflow, "load_cache: need " + count_text(need) + " tiles of summary " + count_text(k) +
                               " under max_bytes; got " + count_text(m.summaries[k].tiles.free));
  }
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
