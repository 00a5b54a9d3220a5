#pragma once
// SPDX-License-Identifier: BSL-1.0
// Units: what a summary says one thing about. Unit m is the tokens [m * stride, m * stride + unit) of a head.
//
//   unit 16, stride 16   | 0 .. 15 | 16 .. 31 | ...         pages and their parts
//   unit 32, stride 16   | 0 ..... 31 |                     windows that overlap
//                                  | 16 ..... 47 |
//   unit 1               a token each
//
// A unit is begun by its first token and closed by its last. 16 units, side by side, are a tile.
#include <lacuna/kv/shape.hpp>

namespace lacuna {

inline constexpr int most_unit = 1024;  ///< tokens of a unit
inline constexpr int tile_units = 16;   ///< units of a tile of a summary, its lanes

struct unit_windows {
  int unit = 16, stride = 16;

  LACUNA_INLINE constexpr index_t begun(index_t tokens) const { return (tokens + stride - 1) / stride; }
  LACUNA_INLINE constexpr index_t closed(index_t tokens) const {
    return tokens < unit ? 0 : (tokens - unit) / stride + 1;
  }
  /// Units that can be open at once: closed(n) .. begun(n) - 1.
  LACUNA_INLINE constexpr int open() const { return (unit + stride - 1) / stride; }
  LACUNA_INLINE constexpr index_t tiles(index_t tokens) const {
    return (begun(tokens) + tile_units - 1) / tile_units;
  }
  /// Tokens [first, last) of a tile.
  LACUNA_INLINE constexpr index_t tile_first(index_t tile) const { return tile * tile_units * stride; }
  LACUNA_INLINE constexpr index_t tile_last(index_t tile) const {
    return tile_first(tile) + (tile_units - 1) * stride + unit;
  }
  friend constexpr bool operator==(const unit_windows&, const unit_windows&) = default;
};

/// Fails with errc::argument for windows outside the ranges above.
LACUNA_INLINE void check_windows(unit_windows w) {
  if (w.unit < 1 || w.unit > most_unit || w.stride < 1 || w.stride > w.unit)
    fail(errc::argument, "summary: need 1 <= stride <= unit <= " + count_text(most_unit) + "; got unit " +
                             count_text(w.unit) + ", stride " + count_text(w.stride));
}

}  // namespace lacuna
