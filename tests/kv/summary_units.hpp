#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a summary of a cache holds, read lane by lane.
#include <lacuna/kv/cache.hpp>
#include <lacuna/kv/summary/all.hpp>
#include <string>
#include <vector>

#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Every byte of the tiles of a head, a mark for each dead one, and the counts.
inline std::string bytes_of(const summary::view& s) {
  std::string text = count_text(s.count()) + " " + count_text(s.closed) + " " + count_text(s.tokens) + " ";
  for (index_t t = 0; t < s.units.pages; ++t) {
    const auto tile = static_cast<std::uint32_t>(t);
    if (s.units.is_dead(tile)) {
      text += "dead";
      continue;
    }
    text.append(reinterpret_cast<const char*>(s.units.key(tile)), s.units.key_stride);
    text.append(reinterpret_cast<const char*>(s.units.value(tile)), s.units.value_stride);
  }
  return text;
}

/// The row of a unit in the first (second) plane.
template <class Codec>
std::vector<float> unit_row(const Codec& codec, const summary::view& s, index_t unit, int plane = 0) {
  std::vector<float> values(static_cast<std::size_t>(s.units.shape.width()));
  const auto tile = static_cast<std::uint32_t>(unit / tile_units);
  codec.get(simd::best{}, plane == 0 ? s.units.key(tile) : s.units.value(tile),
            static_cast<int>(unit % tile_units), values.data(), s.units.shape);
  return values;
}

template <class Cache, class... S>
std::string summaries_of(const Cache& c, index_t h, std::type_identity<std::tuple<S...>>) {
  std::string text;
  ((text += bytes_of(c.template summary<S>(h))), ...);
  return text;
}
/// Every byte of all summaries of a head.
template <class Cache>
std::string summaries_of(const Cache& c, index_t h) {
  return summaries_of(c, h, std::type_identity<typename Cache::summary_types>{});
}

/// What is wrong with the summaries of a head, whose rows are k and v as they are stored; "" if nothing is. Where no page is
/// missing they are those of a new cache with these rows.
template <class Cache>
std::string summary_difference(const Cache& c, index_t h, const std::vector<std::vector<float>>& k,
                               const std::vector<std::vector<float>>& v) {
  const segment body = c.body(h);
  const auto& m = c.memory();
  const index_t i = c.sequence() * c.kv_heads() + h;
  bool whole = true;
  for (index_t p = 0; p < body.pages; ++p) whole = whole && !body.is_dead(static_cast<std::uint32_t>(p));
  for (index_t n = 0; n < m.summary_count; ++n) {
    const summary_memory& s = m.summaries[n];
    const index_t tokens = detail::covered(s, m.heads[i]);
    for (index_t t = 0; t < s.table_tiles; ++t) {
      const bool lives =
          t < s.sizes.windows.tiles(tokens) && detail::tile_lives(m, s.sizes.windows, i, t, tokens);
      if (lives != (s.slots(i)[t] != dead)) return "tile " + count_text(t) + " of summary " + count_text(n);
    }
  }
  if (!whole) return "";
  kv_options o = c.options();
  o.kv_heads = 1, o.sequences = 1, o.max_bytes = index_t{1} << 26;
  Cache fresh(o, c.key(), c.value(), c.kinds());
  for (std::size_t t = 0; t < k.size(); ++t)
    fresh.append(matrix_view<const float>(k[t].data(), 1, o.head_dim),
                 matrix_view<const float>(v[t].data(), 1, o.head_dim));
  if (fresh.body(0).tokens != body.tokens) return "";  // after a cut the tail may hold more than it would
  return summaries_of(c, h) == summaries_of(fresh, 0) ? "" : "summaries of head " + count_text(h);
}

/// What is wrong with the counts of the tiles of all sequences.
template <class Store>
std::string tile_difference(const Store& m) {
  for (index_t n = 0; n < m.summary_count; ++n) {
    const summary_memory& s = m.summaries[n];
    std::vector<std::uint32_t> refs(static_cast<std::size_t>(s.tiles.slots));
    for (const std::uint32_t slot : s.table)
      if (slot != dead) ++refs[slot];
    index_t used = 0;
    for (std::size_t t = 0; t < refs.size(); ++t) {
      if (refs[t] != s.tiles.refs[static_cast<index_t>(t)]) return "references of a tile";
      used += refs[t] > 0 ? 1 : 0;
    }
    if (used + s.tiles.free != s.tiles.slots) return "free tiles";
  }
  return "";
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
