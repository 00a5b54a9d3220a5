#pragma once
// SPDX-License-Identifier: BSL-1.0
// The sizes of a cache: channels of a head, tokens of a page. Amounts, so one program serves all models.
//
//   keys    tile 0 | tile 1 | ...       a tile = 16 tokens, lanes = tokens; tile_bytes each
//   values  panel 0 | panel 1 | ...     a panel = 64 (then 16) channels of all tokens of the page, lanes = channels
//
// Both are format constants, not the width of a register. A head is stored `width()` channels wide, the next multiple
// of 16: rows handed to a codec have that many floats, zeros past head_dim.
#include <lacuna/core/error.hpp>
#include <lacuna/core/types.hpp>

namespace lacuna {

inline constexpr int tile_tokens = 16;     ///< tokens of a key tile
inline constexpr int most_page = 64;       ///< tokens of a page: page_ref has a bit for each
inline constexpr int most_head_dim = 512;  ///< channels of a head
/// Bytes after the last section of a plane that kernels may read (never use): a plane is this much longer.
inline constexpr std::size_t plane_slack = 64;

struct kv_shape {
  int head_dim = 128;  ///< 1 .. most_head_dim
  int page = 64;       ///< 16, 32, 48 or 64 tokens

  LACUNA_INLINE constexpr int width() const { return (head_dim + 15) / 16 * 16; }
  LACUNA_INLINE constexpr int tiles() const { return page / tile_tokens; }
  LACUNA_INLINE constexpr int panels() const { return width() / 64 + width() % 64 / 16; }
  LACUNA_INLINE constexpr int panel_width(int p) const { return p < width() / 64 ? 64 : 16; }
  LACUNA_INLINE constexpr int panel_first(int p) const {
    const int wide = width() / 64;
    return p < wide ? p * 64 : wide * 64 + (p - wide) * 16;
  }
  LACUNA_INLINE constexpr int panel_of(int channel) const {
    const int wide = width() / 64;
    return channel < wide * 64 ? channel / 64 : wide + (channel - wide * 64) / 16;
  }
  friend constexpr bool operator==(const kv_shape&, const kv_shape&) = default;
};

inline namespace LACUNA_ARCH {

/// Fails with errc::argument for sizes outside the ranges above.
inline void check_shape(const char* operation, kv_shape s) {
  if (s.head_dim < 1 || s.head_dim > most_head_dim)
    fail(errc::argument, std::string(operation) + ": need 1 <= head_dim <= " + count_text(most_head_dim) +
                             "; got " + count_text(s.head_dim));
  if (s.page < tile_tokens || s.page > most_page || s.page % tile_tokens != 0)
    fail(errc::argument,
         std::string(operation) + ": need a page of 16, 32, 48 or 64 tokens; got " + count_text(s.page));
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
