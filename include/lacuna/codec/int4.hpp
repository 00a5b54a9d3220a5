#pragma once
// SPDX-License-Identifier: BSL-1.0
// Half bytes with a scale for each group of G columns of a row, or for each row.
//
//   byte n:  slot 2n in bits 0..3, slot 2n + 1 in bits 4..7;  symmetric codes are stored as two's complement
#include <lacuna/codec/integer.hpp>
#include <lacuna/codec/plain.hpp>

namespace lacuna {

/// int4<32>, int4<32, f16>, int4<16, f16, asymmetric>, int4<per_row>.
template <int G = per_row, class Scale = bf16, class Zero = symmetric>
struct int4 : detail::integer_codec<4, G, Scale, Zero> {
  using element = std::uint8_t;
  static constexpr index_t elements(index_t slots) { return (slots + 1) / 2; }
  LACUNA_INLINE static float decode(const element* codes, index_t slot) {
    const int q = codes[slot / 2] >> (slot % 2 * 4) & 15;
    return static_cast<float>(std::is_same_v<Zero, asymmetric> ? q : (q ^ 8) - 8);
  }
  /// Leaves the other half as it is, even while another thread writes that one.
  LACUNA_INLINE static void encode(element* codes, index_t slot, float q) {
    const int shift = static_cast<int>(slot % 2 * 4), bits = static_cast<int>(q) & 15;
    element* const byte = codes + slot / 2;
    const int old = __atomic_load_n(byte, __ATOMIC_RELAXED) >> shift & 15;
    __atomic_fetch_xor(byte, static_cast<element>((old ^ bits) << shift), __ATOMIC_RELAXED);
  }
};

}  // namespace lacuna
