#pragma once
// SPDX-License-Identifier: BSL-1.0
// Summaries: a few numbers for each unit of tokens, kept by a cache beside its pages, from which scorers tell what to read.
//
//   kv_cache<bf16, bf16, summary::box> c({...}, summary::box{.unit = 16});
//   const summary::view s = c.summary<summary::box>(head);
//
//   view    tile 0 | dead | tile 2 | ...      16 units each, lanes = units: a key tile, so a scorer is a key codec's dot
//
// A summary of keys is a fold: begin, add token after token (as the cache stores them), put into the unit's lane. So
// appending one by one and many at once give the same bytes, and a cut is made by folding the open units again. A hierarchy
// (logical pages of 16 in pages of 64) is no summary of its own: a selector takes the best of a page's units.
#include <concepts>
#include <lacuna/kv/codec/codec.hpp>
#include <lacuna/kv/summary/memory.hpp>
#include <vector>

namespace lacuna {

namespace summary {

/// The units of one head; borrowed. Tile t is page t of `units`: keys in the summary's key codec, then its second plane.
/// A released tile is dead. Units [0, closed) have all their tokens, [closed, units.tokens) are still open; lanes after
/// the last unit are zeros. A unit whose tokens were all released keeps what it had.
struct view {
  segment units;  ///< pages: tiles; tokens: units begun; shape: channels of a unit, 16 units
  unit_windows windows;
  index_t closed = 0;
  index_t tokens = 0;  ///< of the head, as far as the summary goes

  LACUNA_INLINE index_t count() const { return units.tokens; }
  LACUNA_INLINE index_t first_token(index_t unit) const { return unit * windows.stride; }
};

}  // namespace summary

/// - `name`: what a cache file calls it. `sizes(z, kv_heads)`: memory for heads of shape z; fails with errc::argument
///   when the amounts do not fit.
/// - `clear(arch, z, keys, values, lane)`: zeros a lane of a tile.
/// - `amounts()`: its fields as numbers, for files; `restore(them)`: false when they are not such numbers.
template <class S>
concept kv_summary = requires(const S s, S to, kv_shape z, std::byte* tile) {
  { S::name } -> std::convertible_to<const char*>;
  { s.sizes(z, index_t{}) } -> std::same_as<summary_sizes>;
  s.clear(detail::probe{}, z, tile, tile, 0);
  { to.restore(array_view<const std::int64_t>(s.amounts())) } -> std::same_as<bool>;
};
/// A fold over keys.
/// - `begin(arch, state, z)`, then `add(arch, head, at, row, state, z)`: token `at` of the unit, its key as stored;
///   `put(arch, head, state, z, keys, values, lane)`: into a lane of a tile. None of these throws.
template <class S>
concept key_summary = kv_summary<S> &&
    requires(const S s, kv_shape z, float* state, const float* row, std::byte* tile) {
  s.begin(detail::probe{}, state, z);
  s.add(detail::probe{}, index_t{}, 0, row, state, z);
  s.put(detail::probe{}, index_t{}, state, z, tile, tile, 0);
};

namespace detail {

/// Numbers of a file to as many ints; false when they are not ints or not so many.
template <std::same_as<int>... I>
LACUNA_INLINE bool restore_ints(array_view<const std::int64_t> a, I&... to) {
  if (a.size() != static_cast<index_t>(sizeof...(I))) return false;
  const std::int64_t* next = a.data();
  return ((to = static_cast<int>(*next), to == *next++) && ...);
}

/// The place of S among kinds.
template <class S, class... Kinds>
inline constexpr std::size_t place_of = [] {
  std::size_t at = 0, found = sizeof...(Kinds);
  ((std::is_same_v<S, Kinds> && found == sizeof...(Kinds) ? found = at : at, ++at), ...);
  return found;
}();

}  // namespace detail
}  // namespace lacuna
