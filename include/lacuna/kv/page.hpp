#pragma once
// SPDX-License-Identifier: BSL-1.0
// What attention reads: pages of one head, and which of their tokens count.
//
//   slots      3   8  dead  5        logical page i lies at slot slots[i] of both planes; a dead one is a hole
//   position   page * shape.page + lane: never moves, whatever is released
//
// Dense, windows, selections, holes and ragged heads all end as a list of page_ref.
#include <cstddef>
#include <cstdint>
#include <lacuna/kv/shape.hpp>

namespace lacuna {

/// An entry of a list: a logical page, and a bit for each of its tokens that counts.
struct page_ref {
  std::uint32_t page = 0;
  std::uint64_t tokens = 0;
  friend constexpr bool operator==(const page_ref&, const page_ref&) = default;
};

/// The slot of a released page.
inline constexpr std::uint32_t dead = ~std::uint32_t{0};

/// The lowest n bits, all 64 from n = 64 on.
LACUNA_INLINE constexpr std::uint64_t low_tokens(index_t n) {
  return n >= 64 ? ~std::uint64_t{0} : n <= 0 ? 0 : (std::uint64_t{1} << n) - 1;
}

/// The pages of one head in one pair of codecs; borrowed. Without `slots` page i lies at slot i.
/// Both planes must be readable for plane_slack bytes past their last section; lanes of a page past `tokens` must hold
/// finite values (zeros, say): they get weight 0.
struct segment {
  const std::byte* keys = nullptr;    ///< plane of key sections, key_stride bytes from slot to slot
  const std::byte* values = nullptr;  ///< plane of value sections
  std::size_t key_stride = 0, value_stride = 0;
  const std::uint32_t* slots = nullptr;
  index_t pages = 0;
  index_t tokens = 0;  ///< positions [0, tokens) exist
  kv_shape shape{};

  LACUNA_INLINE std::uint32_t slot(std::uint32_t page) const { return slots ? slots[page] : page; }
  LACUNA_INLINE bool is_dead(std::uint32_t page) const { return slots && slots[page] == dead; }
  LACUNA_INLINE const std::byte* key(std::uint32_t page) const { return keys + slot(page) * key_stride; }
  LACUNA_INLINE const std::byte* value(std::uint32_t page) const {
    return values + slot(page) * value_stride;
  }
  /// The tokens of a page that exist.
  LACUNA_INLINE std::uint64_t present(std::uint32_t page) const {
    return low_tokens(tokens - static_cast<index_t>(page) * shape.page) & low_tokens(shape.page);
  }
};

}  // namespace lacuna
