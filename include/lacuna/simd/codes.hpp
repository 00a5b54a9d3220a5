#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Codes of 8 and 4 bits in a register of bytes, four to a lane, and on to floats:
//
//   nibbles       4 * lanes half bytes from any one on, a byte each; 4-bit codes lie as  byte n: 2n + 1 | 2n
//   byte_lane<J>  byte J of each lane, unsigned, as a float
//   raised_byte<Bits, J>
//                 2^Bits more than the byte, which is less than 2^Bits: put among the fraction's bits, not converted
//   spread_fields byte j of a lane = field First + Stride * j of its 32 bits, fields of `Bits` bits
//   window_raw<W> W bytes of memory repeated over a register
//   even_nibbles  nibbles from the start of a byte, reading the bytes of these codes and no other
//   load_quads    lanes 4 q .. 4 q + 3 = 16 bytes of memory at p + at[q] * 16
//   lane_bytes    byte j of a lane = byte at[j] of the same lane, or 0
//   spread_quads  lanes 4 q .. 4 q + 3 = element q of memory, of 2 or 4 bytes
//
// nibbles reads up to 64 bytes, from that of its first code on.

#include <cstdint>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/permute.hpp>
#include <lacuna/simd/registers.hpp>
#include <lacuna/simd/vec.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

template <class A>
LACUNA_INLINE i32<A> nibbles(A, const std::uint8_t* p, int odd) {
  std::uint8_t out[4 * A::lanes];
  for (int i = 0; i < 4 * A::lanes; ++i) out[i] = p[(i + odd) / 2] >> ((i + odd) % 2 * 4) & 15;
  return load_raw<A>(out);
}

template <class A>
LACUNA_INLINE i32<A> even_nibbles(A, const std::uint8_t* p) {
  std::uint8_t out[4 * A::lanes];
  for (int i = 0; i < 4 * A::lanes; ++i) out[i] = p[i / 2] >> (i % 2 * 4) & 15;
  return load_raw<A>(out);
}
template <class A, class Index>
LACUNA_INLINE i32<A> load_quads(A, const std::int8_t* p, const Index* at) {
  std::int8_t out[4 * A::lanes];
  for (int q = 0; q < A::lanes / 4; ++q) std::memcpy(out + 16 * q, p + static_cast<index_t>(at[q]) * 16, 16);
  return load_raw<A>(out);
}
template <class U, class A>
LACUNA_INLINE i32<A> spread_quads(A, const void* p) {
  std::int32_t out[A::lanes];
  for (int q = 0; q < A::lanes / 4; ++q) {
    U element;
    std::memcpy(&element, static_cast<const unsigned char*>(p) + static_cast<std::size_t>(q) * sizeof(U),
                sizeof(U));
    for (int l = 0; l < 4; ++l) out[4 * q + l] = static_cast<std::int32_t>(element);
  }
  return load<A>(out);
}
template <class A>
LACUNA_INLINE i32<A> lane_bytes(A, i32<A> v, i32<A> at) {
  std::uint8_t from[4 * A::lanes], index[4 * A::lanes], out[4 * A::lanes];
  store_raw(from, v);
  store_raw(index, at);
  for (int b = 0; b < 4 * A::lanes; ++b) out[b] = index[b] >= 128 ? 0 : from[b / 4 * 4 + index[b] % 4];
  return load_raw<A>(out);
}

// Two neighbouring bytes in each 16 bits, shifted so that the low half bytes of both are the next two codes.
#if LACUNA_SSE2
LACUNA_INLINE i32<sse2> nibbles(sse2, const std::uint8_t* p, int odd) {
  const auto* const at = reinterpret_cast<const __m128i*>(p);
  const auto* const next = reinterpret_cast<const __m128i*>(p + 1);
  const __m128i pairs = _mm_srl_epi16(_mm_unpacklo_epi8(_mm_loadl_epi64(at), _mm_loadl_epi64(next)),
                                      _mm_cvtsi32_si128(4 * odd));
  return {_mm_or_si128(_mm_and_si128(pairs, _mm_set1_epi16(0x0f)),
                       _mm_slli_epi16(_mm_and_si128(pairs, _mm_set1_epi16(0xf0)), 4))};
}
#endif
#if LACUNA_AVX2
LACUNA_INLINE i32<avx2> nibbles(avx2, const std::uint8_t* p, int odd) {
  const __m256i low = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  const __m256i high = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 1)));
  const __m256i pairs =
      _mm256_srl_epi16(_mm256_or_si256(low, _mm256_slli_epi16(high, 8)), _mm_cvtsi32_si128(4 * odd));
  return {_mm256_or_si256(_mm256_and_si256(pairs, _mm256_set1_epi16(0x0f)),
                          _mm256_slli_epi16(_mm256_and_si256(pairs, _mm256_set1_epi16(0xf0)), 4))};
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE i32<avx512> nibbles(avx512, const std::uint8_t* p, int odd) {
#  if LACUNA_AVX512_VBMI
  // Each 64 bits get the 5 bytes that hold their 8 codes, and pick 8 bits from every fourth bit on.
  const __m512i index = _mm512_set_epi32(8, 7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0);
  const __m512i shift = _mm512_set1_epi64(odd ? 0x201c1814100c0804 : 0x1c1814100c080400);
  const __m512i words = _mm512_maskz_permutexvar_epi32(0xffff, index, _mm512_loadu_si512(p));
  return {_mm512_and_si512(_mm512_multishift_epi64_epi8(shift, words), _mm512_set1_epi8(15))};
#  else
  const __m512i low = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  const __m512i high = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 1)));
  const __m512i pairs =
      _mm512_srl_epi16(_mm512_or_si512(low, _mm512_slli_epi16(high, 8)), _mm_cvtsi32_si128(4 * odd));
  return {_mm512_or_si512(_mm512_and_si512(pairs, _mm512_set1_epi16(0x0f)),
                          _mm512_slli_epi16(_mm512_and_si512(pairs, _mm512_set1_epi16(0xf0)), 4))};
#  endif
}
#endif

// A shuffle sees 16 bytes: the index is that of a byte of the lane, and of the lane's place.
#if LACUNA_AVX2
LACUNA_INLINE i32<avx2> lane_bytes(avx2, i32<avx2> v, i32<avx2> at) {
  const __m256i lane = _mm256_set1_epi64x(0x0404040400000000);
  const __m256i place =
      _mm256_or_si256(lane, _mm256_set_epi64x(0x0808080808080808, 0, 0x0808080808080808, 0));
  return {_mm256_shuffle_epi8(v.v, _mm256_or_si256(at.v, place))};
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE i32<avx512> lane_bytes(avx512, i32<avx512> v, i32<avx512> at) {
  const __m512i place = _mm512_broadcast_i32x4(_mm_set_epi32(0x0c0c0c0c, 0x08080808, 0x04040404, 0));
  return {_mm512_shuffle_epi8(v.v, _mm512_or_si512(at.v, place))};
}
#endif
#if LACUNA_NEON
LACUNA_INLINE i32<neon> lane_bytes(neon, i32<neon> v, i32<neon> at) {
  const uint8x16_t place = vreinterpretq_u8_u32(
      vmulq_u32(vcombine_u32(vcreate_u32(0x400000000), vcreate_u32(0xc00000008)), vdupq_n_u32(0x01010101)));
  return {vreinterpretq_s32_u8(
      vqtbl1q_u8(vreinterpretq_u8_s32(v.v), vorrq_u8(vreinterpretq_u8_s32(at.v), place)))};
}
#endif

#if LACUNA_AVX2
LACUNA_INLINE i32<avx2> even_nibbles(avx2, const std::uint8_t* p) {
  const __m256i bytes = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  return {_mm256_and_si256(_mm256_or_si256(bytes, _mm256_slli_epi16(bytes, 4)), _mm256_set1_epi8(15))};
}
template <class Index>
LACUNA_INLINE i32<avx2> load_quads(avx2, const std::int8_t* p, const Index* at) {
  const auto quad = [&](int q) LACUNA_LAMBDA {
    return reinterpret_cast<const __m128i*>(p + static_cast<index_t>(at[q]) * 16);
  };
  return {
      _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(quad(0))), _mm_loadu_si128(quad(1)), 1)};
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE i32<avx512> even_nibbles(avx512, const std::uint8_t* p) {
  const __m512i bytes = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  return {_mm512_and_si512(_mm512_or_si512(bytes, _mm512_slli_epi16(bytes, 4)), _mm512_set1_epi8(15))};
}
template <class Index>
LACUNA_INLINE i32<avx512> load_quads(avx512, const std::int8_t* p, const Index* at) {
  const auto quad = [&](int q) LACUNA_LAMBDA {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + static_cast<index_t>(at[q]) * 16));
  };
  const __m512i zero = _mm512_setzero_si512();
  __m512i r = _mm512_maskz_inserti32x4(0xffff, zero, quad(0), 0);
  r = _mm512_maskz_inserti32x4(0xffff, r, quad(1), 1);
  r = _mm512_maskz_inserti32x4(0xffff, r, quad(2), 2);
  return {_mm512_maskz_inserti32x4(0xffff, r, quad(3), 3)};
}
template <class U>
LACUNA_INLINE i32<avx512> spread_quads(avx512, const void* p) {
  const __m512i index = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
  __m128i quads;
  if constexpr (sizeof(U) == 2)
    quads = _mm_cvtepu16_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p)));
  else
    quads = _mm_loadu_si128(static_cast<const __m128i*>(p));
  return {_mm512_maskz_permutexvar_epi32(0xffff, index, _mm512_zextsi128_si512(quads))};
}
#endif

}  // namespace detail

/// The codes from `slot` on, 0 .. 15.
template <class A>
LACUNA_INLINE i32<A> nibbles(const std::uint8_t* codes, index_t slot) {
  return detail::nibbles(A{}, codes + slot / 2, static_cast<int>(slot % 2));
}

template <class A>
LACUNA_INLINE i32<A> even_nibbles(const std::uint8_t* codes) {
  return detail::even_nibbles(A{}, codes);
}
template <class A, class Index>
LACUNA_INLINE i32<A> load_quads(const std::int8_t* p, const Index* at) {
  return detail::load_quads(A{}, p, at);
}
/// U of 2 or 4 bytes, zero-extended to a lane.
template <class U, class A>
LACUNA_INLINE i32<A> spread_quads(const void* p) {
  return detail::spread_quads<U>(A{}, p);
}

/// Index bytes are 0 .. 3, or 128 and more for a 0.
template <class A>
LACUNA_INLINE i32<A> lane_bytes(i32<A> v, i32<A> at) {
  return detail::lane_bytes(A{}, v, at);
}

/// The finite f16 in the low half of each lane; the upper half is ignored.
template <class A>
LACUNA_INLINE f32<A> f16_low(i32<A> raw) {
  // The fields in place, 2^(15 - 127) too small; subnormals of f16 are normal floats times 2^-112 only after it.
  const auto magnitude = as_f32(shl<13>(raw & set_i32<A>(0x7fff))) * set<A>(0x1p112f);
  return as_f32(as_i32(magnitude) | shl<16>(raw & set_i32<A>(0x8000)));
}

template <int J, class A>
LACUNA_INLINE f32<A> byte_lane(i32<A> bytes) {
  if constexpr (J == 3)
    return to_float(shr<24>(bytes));
  else
    return to_float(shr<8 * J>(bytes) & set_i32<A>(255));
}

template <int Bits, int J, class A>
LACUNA_INLINE f32<A> raised_byte(i32<A> bytes) {
  constexpr int shift = 23 - Bits - 8 * J;
  const auto place = [&]() LACUNA_LAMBDA {
    if constexpr (shift >= 0)
      return shl<shift>(bytes);
    else
      return shr<-shift>(bytes);
  };
  return as_f32((place() & set_i32<A>(((1 << Bits) - 1) << (23 - Bits))) | set_i32<A>((127 + Bits) << 23));
}

/// Fields 0 .. First + 3 * Stride lie in the 32 bits.
template <int Bits, int First, int Stride, class A>
LACUNA_INLINE i32<A> spread_fields(i32<A> fields) {
#if LACUNA_AVX512_VBMI
  if constexpr (std::is_same_v<A, avx512>) {
    constexpr auto control = [] {
      std::uint64_t c = 0;
      for (int j = 0; j < 8; ++j)
        c |= static_cast<std::uint64_t>((First + Stride * (j % 4)) * Bits + j / 4 * 32) << (8 * j);
      return static_cast<long long>(c);
    }();
    return {_mm512_and_si512(_mm512_multishift_epi64_epi8(_mm512_set1_epi64(control), fields.v),
                             _mm512_set1_epi8((1 << Bits) - 1))};
  }
#endif
  i32<A> out = zero_i32<A>();
  unroll<4>([&](auto j) LACUNA_LAMBDA {
    constexpr int shift = (First + Stride * j) * Bits - 8 * j;
    constexpr auto mask = static_cast<std::int32_t>(((1u << Bits) - 1) << (8 * j));
    if constexpr (shift >= 0)
      out = out | (shr<shift>(fields) & set_i32<A>(mask));
    else
      out = out | (shl<-shift>(fields) & set_i32<A>(mask));
  });
  return out;
}

/// W = 4 .. 4 * lanes, a power of two.
template <int W, class A>
LACUNA_INLINE i32<A> window_raw(const void* p) {
  return as_i32(window<W / 4, A>(static_cast<const float*>(p)));
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
