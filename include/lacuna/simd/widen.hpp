#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Stored values to floats: A::lanes float, bf16 or f16 from memory.
//
//   bf16 -> float    the 16 bits become the upper half: a shift
//   f16  -> float    vcvtph2ps (AVX-512, F16C), fcvtl (NEON), else lane by lane in software
//
// All are exact; signalling NaNs may become quiet. No alignment needed; widen_first reads nothing past p + n.

#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/first.hpp>
#include <lacuna/simd/registers.hpp>
#include <type_traits>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// A::lanes 16-bit values, as loaded: `half_register`; then zero-extended to 32 bits or read as f16.
template <class A>
struct halves {
  std::uint16_t lane[A::lanes];
};
template <class A>
LACUNA_INLINE halves<A> load_halves(A, const void* p) {
  halves<A> h;
  std::memcpy(h.lane, p, sizeof h.lane);
  return h;
}
template <class A>
LACUNA_INLINE halves<A> load_halves(A, const void* p, index_t n) {
  halves<A> h = {};
  for (int l = 0; l < A::lanes; ++l)
    if (l < n) std::memcpy(h.lane + l, static_cast<const unsigned char*>(p) + 2 * l, 2);
  return h;
}
template <class A>
LACUNA_INLINE i32<A> extend(halves<A> h) {
  std::int32_t words[A::lanes];
  for (int l = 0; l < A::lanes; ++l) words[l] = h.lane[l];
  return load<A>(words);
}
template <class A>
LACUNA_INLINE f32<A> from_f16(halves<A> h) {
  float floats[A::lanes];
  for (int l = 0; l < A::lanes; ++l) floats[l] = f16::from_bits(h.lane[l]);
  return load<A>(floats);
}

#if LACUNA_SSE2
LACUNA_INLINE i32<sse2> extend(halves<sse2> h) {
  return {_mm_unpacklo_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(h.lane)), _mm_setzero_si128())};
}
#endif
#if LACUNA_AVX2
LACUNA_INLINE __m128i native(halves<avx2> h) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(h.lane));
}
LACUNA_INLINE i32<avx2> extend(halves<avx2> h) { return {_mm256_cvtepu16_epi32(native(h))}; }
#endif
#if LACUNA_F16C
LACUNA_INLINE f32<avx2> from_f16(halves<avx2> h) { return {_mm256_cvtph_ps(native(h))}; }
#endif
#if LACUNA_AVX512
template <>
struct halves<avx512> {
  __m256i lane;
};
LACUNA_INLINE halves<avx512> load_halves(avx512, const void* p) {
  return {_mm256_loadu_si256(static_cast<const __m256i*>(p))};
}
LACUNA_INLINE halves<avx512> load_halves(avx512, const void* p, index_t n) {
  return {_mm256_maskz_loadu_epi16(static_cast<__mmask16>(low_bits<16>(n)), p)};
}
LACUNA_INLINE i32<avx512> extend(halves<avx512> h) { return {_mm512_maskz_cvtepu16_epi32(0xffff, h.lane)}; }
LACUNA_INLINE f32<avx512> from_f16(halves<avx512> h) { return {_mm512_maskz_cvtph_ps(0xffff, h.lane)}; }
#endif
#if LACUNA_NEON
LACUNA_INLINE i32<neon> extend(halves<neon> h) {
  return {vreinterpretq_s32_u32(vmovl_u16(vld1_u16(h.lane)))};
}
LACUNA_INLINE f32<neon> from_f16(halves<neon> h) {
  return {vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(h.lane)))};
}
#endif

}  // namespace detail

/// A::lanes unsigned 16-bit integers (indices, offsets) as 32-bit ones.
template <class A>
LACUNA_INLINE i32<A> widen_u16(const std::uint16_t* p) {
  return detail::extend(detail::load_halves(A{}, p));
}
template <class A>
LACUNA_INLINE i32<A> widen_u16_first(const std::uint16_t* p, index_t n) {
  return detail::extend(detail::load_halves(A{}, p, n));
}

/// A::lanes stored values as floats.
template <class A>
LACUNA_INLINE f32<A> widen(const float* p) {
  return load<A>(p);
}
template <class A>
LACUNA_INLINE f32<A> widen(const bf16* p) {
  return as_f32(shl<16>(detail::extend(detail::load_halves(A{}, p))));
}
template <class A>
LACUNA_INLINE f32<A> widen(const f16* p) {
  return detail::from_f16(detail::load_halves(A{}, p));
}

/// 2 * A::lanes signed bytes as 16-bit integers, two to a lane.
template <class A>
LACUNA_INLINE i32<A> widen_i8(const void* p) {
#if LACUNA_AVX512
  if constexpr (std::is_same_v<A, avx512>)
    return {_mm512_cvtepi8_epi16(_mm256_loadu_si256(static_cast<const __m256i*>(p)))};
#endif
#if LACUNA_AVX2
  if constexpr (std::is_same_v<A, avx2>)
    return {_mm256_cvtepi8_epi16(_mm_loadu_si128(static_cast<const __m128i*>(p)))};
#endif
#if LACUNA_SSE2
  if constexpr (std::is_same_v<A, sse2>) {
    const __m128i x = _mm_loadl_epi64(static_cast<const __m128i*>(p));
    return {_mm_srai_epi16(_mm_unpacklo_epi8(x, x), 8)};
  }
#endif
#if LACUNA_NEON
  if constexpr (std::is_same_v<A, neon>)
    return {vreinterpretq_s32_s16(vmovl_s8(vld1_s8(static_cast<const std::int8_t*>(p))))};
#endif
  std::int8_t in[2 * A::lanes];
  std::int16_t out[2 * A::lanes];
  std::memcpy(in, p, sizeof in);
  for (int l = 0; l < 2 * A::lanes; ++l) out[l] = in[l];
  return load_raw<A>(out);
}
/// The signed bytes of each 16 bits as 16-bit integers: those in the even places, those in the odd ones.
template <class A>
LACUNA_INLINE i32<A> i8_even(i32<A> raw) {
#if LACUNA_AVX512
  if constexpr (std::is_same_v<A, avx512>) return {_mm512_srai_epi16(_mm512_slli_epi16(raw.v, 8), 8)};
#endif
#if LACUNA_AVX2
  if constexpr (std::is_same_v<A, avx2>) return {_mm256_srai_epi16(_mm256_slli_epi16(raw.v, 8), 8)};
#endif
#if LACUNA_SSE2
  if constexpr (std::is_same_v<A, sse2>) return {_mm_srai_epi16(_mm_slli_epi16(raw.v, 8), 8)};
#endif
#if LACUNA_NEON
  if constexpr (std::is_same_v<A, neon>)
    return {vreinterpretq_s32_s16(vshrq_n_s16(vshlq_n_s16(vreinterpretq_s16_s32(raw.v), 8), 8))};
#endif
  std::int8_t in[4 * A::lanes];
  std::int16_t out[2 * A::lanes];
  store_raw(in, raw);
  for (int l = 0; l < 2 * A::lanes; ++l) out[l] = in[2 * l];
  return load_raw<A>(out);
}
template <class A>
LACUNA_INLINE i32<A> i8_odd(i32<A> raw) {
#if LACUNA_AVX512
  if constexpr (std::is_same_v<A, avx512>) return {_mm512_srai_epi16(raw.v, 8)};
#endif
#if LACUNA_AVX2
  if constexpr (std::is_same_v<A, avx2>) return {_mm256_srai_epi16(raw.v, 8)};
#endif
#if LACUNA_SSE2
  if constexpr (std::is_same_v<A, sse2>) return {_mm_srai_epi16(raw.v, 8)};
#endif
#if LACUNA_NEON
  if constexpr (std::is_same_v<A, neon>)
    return {vreinterpretq_s32_s16(vshrq_n_s16(vreinterpretq_s16_s32(raw.v), 8))};
#endif
  std::int8_t in[4 * A::lanes];
  std::int16_t out[2 * A::lanes];
  store_raw(in, raw);
  for (int l = 0; l < 2 * A::lanes; ++l) out[l] = in[2 * l + 1];
  return load_raw<A>(out);
}

/// A register of raw bf16 values, two to a lane, as floats: those in the even places, those in the odd ones.
template <class A>
LACUNA_INLINE f32<A> bf16_even(i32<A> raw) {
  return as_f32(shl<16>(raw));
}
template <class A>
LACUNA_INLINE f32<A> bf16_odd(i32<A> raw) {
  return as_f32(raw & set_i32<A>(-0x10000));
}

/// The first n <= A::lanes stored values as floats, zeros after them.
template <class A>
LACUNA_INLINE f32<A> widen_first(const float* p, index_t n) {
  return load_first<A>(p, n);
}
template <class A>
LACUNA_INLINE f32<A> widen_first(const bf16* p, index_t n) {
  return as_f32(shl<16>(detail::extend(detail::load_halves(A{}, p, n))));
}
template <class A>
LACUNA_INLINE f32<A> widen_first(const f16* p, index_t n) {
  return detail::from_f16(detail::load_halves(A{}, p, n));
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
