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
  std::vector<float> row(static_cast<std::size_t>(s.units.shape.width()));
  const auto tile = static_cast<std::uint32_t>(unit / tile_units);
  codec.get(simd::best{}, plane == 0 ? s.units.key(tile) : s.units.value(tile),
            static_cast<int>(unit % tile_units), row.data(), s.units.shape);
  return row;
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
