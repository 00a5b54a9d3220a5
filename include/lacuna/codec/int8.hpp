#pragma once
// SPDX-License-Identifier: BSL-1.0
// Bytes with a scale for each group of G columns of a row, or for each row.
#include <lacuna/codec/integer.hpp>
#include <lacuna/codec/plain.hpp>

namespace lacuna {

/// int8<per_row>, int8<32>, int8<32, f16>, int8<64, bf16, asymmetric>. One byte a slot: signed, or unsigned when
/// asymmetric.
template <int G = per_row, class Scale = bf16, class Zero = symmetric>
struct int8 : detail::integer_codec<8, G, Scale, Zero> {
  using element = std::conditional_t<std::is_same_v<Zero, asymmetric>, std::uint8_t, std::int8_t>;
  static constexpr index_t elements(index_t slots) { return slots; }
  LACUNA_INLINE static float decode(const element* codes, index_t slot) { return codes[slot]; }
  LACUNA_INLINE static void encode(element* codes, index_t slot, float q) {
    codes[slot] = static_cast<element>(static_cast<int>(q));
  }
};

}  // namespace lacuna
