#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Dot products inside each 32-bit lane, added to a lane accumulator:
//
//   dot_bf16    acc.f32[l] += a[2l] b[2l] + a[2l+1] b[2l+1]                    pairs of bf16
//   dot_u8i8    acc.i32[l] += u[4l] s[4l] + ... + u[4l+3] s[4l+3]              unsigned times signed bytes
//   dot_i16     acc.i32[l] += a[2l] b[2l] + a[2l+1] b[2l+1]                    pairs of 16-bit integers
//
// With BF16, VNNI, AVX-VNNI or dotprod these are one instruction (dotprod three).

#include <cstdint>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>
#include <lacuna/simd/vec.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The plain text.
template <class A>
LACUNA_INLINE f32<A> dot_bf16(A, f32<A> acc, i32<A> a, i32<A> b) {
  acc = fma(bf16_even(a), bf16_even(b), acc);
  return fma(bf16_odd(a), bf16_odd(b), acc);
}
template <class A>
LACUNA_INLINE i32<A> dot_u8i8(A, i32<A> acc, i32<A> u, i32<A> s) {
  std::uint8_t ub[A::lanes * 4];
  std::int8_t sb[A::lanes * 4];
  std::int32_t sums[A::lanes];
  store_raw(ub, u);
  store_raw(sb, s);
  for (int l = 0; l < A::lanes; ++l) {
    sums[l] = 0;
    for (int k = 4 * l; k < 4 * l + 4; ++k) sums[l] += ub[k] * sb[k];
  }
  return acc + load<A>(sums);
}

template <class A>
i32<A> dot_i16(A, i32<A> acc, i32<A> a, i32<A> b) {
  std::int16_t ab[A::lanes * 2], bb[A::lanes * 2];
  std::int32_t sums[A::lanes];
  store_raw(ab, a);
  store_raw(bb, b);
  for (int l = 0; l < A::lanes; ++l) sums[l] = ab[2 * l] * bb[2 * l] + ab[2 * l + 1] * bb[2 * l + 1];
  return acc + load<A>(sums);
}

// Without the instruction: bytes to 16 bits, even and odd places apart, and pairs by pmaddwd. (pmaddubsw
// would do both at once, but saturates: 255 * 127 * 2 > 32767.)
#if LACUNA_SSE2
LACUNA_INLINE i32<sse2> dot_u8i8(sse2, i32<sse2> acc, i32<sse2> u, i32<sse2> s) {
  const __m128i u_even = _mm_and_si128(u.v, _mm_set1_epi16(255)), u_odd = _mm_srli_epi16(u.v, 8);
  const __m128i s_even = _mm_srai_epi16(_mm_slli_epi16(s.v, 8), 8), s_odd = _mm_srai_epi16(s.v, 8);
  const __m128i even = _mm_madd_epi16(u_even, s_even), odd = _mm_madd_epi16(u_odd, s_odd);
  return {_mm_add_epi32(acc.v, _mm_add_epi32(even, odd))};
}
LACUNA_INLINE i32<sse2> dot_i16(sse2, i32<sse2> acc, i32<sse2> a, i32<sse2> b) {
  return {_mm_add_epi32(acc.v, _mm_madd_epi16(a.v, b.v))};
}
#endif
#if LACUNA_AVX2
LACUNA_INLINE i32<avx2> dot_u8i8(avx2, i32<avx2> acc, i32<avx2> u, i32<avx2> s) {
#  if LACUNA_AVX_VNNI
  return {_mm256_dpbusd_avx_epi32(acc.v, u.v, s.v)};
#  else
  const __m256i u_even = _mm256_and_si256(u.v, _mm256_set1_epi16(255)), u_odd = _mm256_srli_epi16(u.v, 8);
  const __m256i s_even = _mm256_srai_epi16(_mm256_slli_epi16(s.v, 8), 8), s_odd = _mm256_srai_epi16(s.v, 8);
  const __m256i even = _mm256_madd_epi16(u_even, s_even), odd = _mm256_madd_epi16(u_odd, s_odd);
  return {_mm256_add_epi32(acc.v, _mm256_add_epi32(even, odd))};
#  endif
}
LACUNA_INLINE i32<avx2> dot_i16(avx2, i32<avx2> acc, i32<avx2> a, i32<avx2> b) {
#  if LACUNA_AVX_VNNI
  return {_mm256_dpwssd_avx_epi32(acc.v, a.v, b.v)};
#  else
  return {_mm256_add_epi32(acc.v, _mm256_madd_epi16(a.v, b.v))};
#  endif
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE i32<avx512> dot_u8i8(avx512, i32<avx512> acc, i32<avx512> u, i32<avx512> s) {
#  if LACUNA_AVX512_VNNI
  return {_mm512_dpbusd_epi32(acc.v, u.v, s.v)};
#  else
  const __m512i u_even = _mm512_and_si512(u.v, _mm512_set1_epi16(255)), u_odd = _mm512_srli_epi16(u.v, 8);
  const __m512i s_even = _mm512_srai_epi16(_mm512_slli_epi16(s.v, 8), 8), s_odd = _mm512_srai_epi16(s.v, 8);
  const __m512i even = _mm512_madd_epi16(u_even, s_even), odd = _mm512_madd_epi16(u_odd, s_odd);
  return {_mm512_add_epi32(acc.v, _mm512_add_epi32(even, odd))};
#  endif
}
LACUNA_INLINE i32<avx512> dot_i16(avx512, i32<avx512> acc, i32<avx512> a, i32<avx512> b) {
#  if LACUNA_AVX512_VNNI
  return {_mm512_dpwssd_epi32(acc.v, a.v, b.v)};
#  else
  return {_mm512_add_epi32(acc.v, _mm512_madd_epi16(a.v, b.v))};
#  endif
}
#endif
#if LACUNA_AVX512_BF16
LACUNA_INLINE f32<avx512> dot_bf16(avx512, f32<avx512> acc, i32<avx512> a, i32<avx512> b) {
  const __m512i x = a.v, y = b.v;
  return {_mm512_dpbf16_ps(acc.v, (__m512bh)x, (__m512bh)y)};
}
#endif
#if LACUNA_NEON
LACUNA_INLINE i32<neon> dot_i16(neon, i32<neon> acc, i32<neon> a, i32<neon> b) {
  const int16x8_t x = vreinterpretq_s16_s32(a.v), y = vreinterpretq_s16_s32(b.v);
  return {vaddq_s32(acc.v, vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y)))};
}
LACUNA_INLINE i32<neon> dot_u8i8(neon, i32<neon> acc, i32<neon> u, i32<neon> s) {
  const uint8x16_t ub = vreinterpretq_u8_s32(u.v);
  const int8x16_t sb = vreinterpretq_s8_s32(s.v);
#  if LACUNA_NEON_DOTPROD
  // u = (u - 128) + 64 + 64, each a signed byte.
  const int8x16_t centred = vreinterpretq_s8_u8(veorq_u8(ub, vdupq_n_u8(128))), half = vdupq_n_s8(64);
  return {vdotq_s32(vdotq_s32(vdotq_s32(acc.v, half, sb), half, sb), centred, sb)};
#  else
  const int16x8_t u_lo = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(ub)));
  const int16x8_t u_hi = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(ub)));
  const int16x8_t s_lo = vmovl_s8(vget_low_s8(sb)), s_hi = vmovl_s8(vget_high_s8(sb));
  const int32x4_t lane0 = vmull_s16(vget_low_s16(u_lo), vget_low_s16(s_lo)),
                  lane1 = vmull_high_s16(u_lo, s_lo);
  const int32x4_t lane2 = vmull_s16(vget_low_s16(u_hi), vget_low_s16(s_hi)),
                  lane3 = vmull_high_s16(u_hi, s_hi);
  return {vaddq_s32(acc.v, vpaddq_s32(vpaddq_s32(lane0, lane1), vpaddq_s32(lane2, lane3)))};
#  endif
}
#endif

}  // namespace detail

/// Pairs of bf16 in each lane. Without the BF16 instruction: two fma, even place first. The instruction
/// rounds the two products and the sum its own way (to nearest, subnormals flushed to zero): the last bits
/// differ.
template <class A>
LACUNA_INLINE f32<A> dot_bf16(f32<A> acc, i32<A> a, i32<A> b) {
  return detail::dot_bf16(A{}, acc, a, b);
}

/// Whether that instruction beats unpacking and two fma. Not where AVX512-FP16 is known: Sapphire and Granite Rapids
/// take 2 cycles for it (0.61 ns against 0.15 ns for an fma).
template <class A>
inline constexpr bool fast_dot_bf16 = false;
#if LACUNA_AVX512_BF16 && !defined(__AVX512FP16__)
template <>
inline constexpr bool fast_dot_bf16<avx512> = true;
#endif

/// Signed 16-bit integers, two to a lane: exact, unless all four of a lane are -32768.
template <class A>
LACUNA_INLINE i32<A> dot_i16(i32<A> acc, i32<A> a, i32<A> b) {
  return detail::dot_i16(A{}, acc, a, b);
}

/// Unsigned times signed bytes, four to a lane: exact on every arch, wrapping only when the accumulator
/// itself overflows.
template <class A>
LACUNA_INLINE i32<A> dot_u8i8(i32<A> acc, i32<A> u, i32<A> s) {
  return detail::dot_u8i8(A{}, acc, u, s);
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
