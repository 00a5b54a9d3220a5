#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Small unsigned fields, packed little-endian, one per lane:
//
//   bytes    p[0] = 0xBA   p[1] = 0xDC          fields of 4 bits: A B C D
//
// Serves N:M offsets (1 to 4 bits), relative indices and 4-bit codes. Reads the bytes of its fields and no
// other.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>
#include <type_traits>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The plain text: lanes fields from bit `shift` of p on.
template <int Bits, class A>
LACUNA_INLINE i32<A> unpack(A, const std::uint8_t* p, int shift) {
  std::int32_t out[A::lanes];
  for (int l = 0; l < A::lanes; ++l) {
    const int bit = shift + l * Bits;
    out[l] = (p[bit / 8] >> (bit % 8)) & ((1 << Bits) - 1);
  }
  return load<A>(out);
}

#if LACUNA_AVX2
template <class Word>
LACUNA_INLINE int read_word(const std::uint8_t* p) {
  Word w;
  std::memcpy(&w, p, sizeof w);
  return static_cast<int>(w);
}

template <int Bits>
LACUNA_INLINE i32<avx2> unpack(avx2, const std::uint8_t* p, int) {
  if constexpr (Bits == 8) {
    return {_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)))};
  } else {
    // All fields fit one 32-bit word: every lane takes the word and shifts its own field down.
    using bits = std::conditional_t<Bits == 4, std::uint32_t,
                                    std::conditional_t<Bits == 2, std::uint16_t, std::uint8_t>>;
    const __m256i word = _mm256_set1_epi32(read_word<bits>(p));
    const __m256i shift =
        _mm256_setr_epi32(0, Bits, 2 * Bits, 3 * Bits, 4 * Bits, 5 * Bits, 6 * Bits, 7 * Bits);
    return {_mm256_and_si256(_mm256_srlv_epi32(word, shift), _mm256_set1_epi32((1 << Bits) - 1))};
  }
}
#endif

#if LACUNA_AVX512
template <int Bits>
LACUNA_INLINE i32<avx512> unpack(avx512, const std::uint8_t* p, int) {
  if constexpr (Bits == 8) {
    return {_mm512_maskz_cvtepu8_epi32(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  } else if constexpr (Bits == 4) {
    // Byte k alone in 64-bit lane k; its upper half goes to the upper 32-bit lane.
    const __m512i byte =
        _mm512_maskz_cvtepu8_epi64(255, _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    return {_mm512_and_si512(_mm512_or_si512(byte, _mm512_maskz_slli_epi64(255, byte, 28)),
                             _mm512_set1_epi32(15))};
  } else {
    using bits = std::conditional_t<Bits == 2, std::uint32_t, std::uint16_t>;
    const __m512i word = _mm512_set1_epi32(read_word<bits>(p));
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i shifted =
        _mm512_maskz_srlv_epi32(0xffff, word, _mm512_maskz_slli_epi32(0xffff, lane, Bits - 1));
    return {_mm512_and_si512(shifted, _mm512_set1_epi32((1 << Bits) - 1))};
  }
}
#endif

}  // namespace detail

/// Lane l = field first + l of the fields of Bits = 1, 2, 4 or 8 bits that start at p; first is a multiple of
/// A::lanes.
template <int Bits, class A>
LACUNA_INLINE i32<A> unpack_fields(const std::uint8_t* p, index_t first) {
  static_assert(Bits == 1 || Bits == 2 || Bits == 4 || Bits == 8);
  const auto bit = static_cast<std::size_t>(first) * Bits;
  return detail::unpack<Bits>(A{}, p + bit / 8, static_cast<int>(bit % 8));
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
