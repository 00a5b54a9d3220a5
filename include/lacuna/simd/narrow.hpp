#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// What turns column indices into short offsets, and numbers into codes: 32-bit lanes stored as 16 or 8 bits, and how
// many lie below a limit.

#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/loop.hpp>
#include <lacuna/simd/registers.hpp>
#include <type_traits>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The plain text.
template <class A>
LACUNA_INLINE void store_u16(A, std::uint16_t* p, i32<A> v) {
  std::int32_t lane[A::lanes];
  store(lane, v);
  for (int l = 0; l < A::lanes; ++l) p[l] = static_cast<std::uint16_t>(lane[l]);
}
template <class A>
LACUNA_INLINE void store_bytes(A, std::int8_t* p, i32<A> v) {
  std::int32_t lane[A::lanes];
  store(lane, v);
  for (int l = 0; l < A::lanes; ++l) p[l] = static_cast<std::int8_t>(lane[l]);
}

template <class A>
LACUNA_INLINE std::uint32_t lanes_below(A, i32<A> v, std::int32_t limit) {
  std::int32_t lane[A::lanes];
  store(lane, v);
  std::uint32_t mask = 0;
  for (int l = 0; l < A::lanes; ++l) mask |= std::uint32_t{lane[l] < limit} << l;
  return mask;
}

template <class A>
LACUNA_INLINE void store_bf16(A, void* p, f32<A> v) {
  float lane[A::lanes];
  store(lane, v);
  for (int l = 0; l < A::lanes; ++l) {
    const bf16 x(lane[l]);
    std::memcpy(static_cast<unsigned char*>(p) + 2 * l, &x, sizeof x);
  }
}

template <class A>
LACUNA_INLINE i32<A> to_int(A, f32<A> v) {
  float lane[A::lanes];
  std::int32_t out[A::lanes];
  store(lane, v);
  for (int l = 0; l < A::lanes; ++l)
    out[l] = lane[l] > -2147483648.0f && lane[l] < 2147483648.0f
                 ? static_cast<std::int32_t>(__builtin_nearbyintf(lane[l]))
                 : -2147483647 - 1;
  return load<A>(out);
}
#if LACUNA_SSE2
LACUNA_INLINE i32<sse2> to_int(sse2, f32<sse2> v) { return {_mm_cvtps_epi32(v.v)}; }
#endif
#if LACUNA_AVX2
LACUNA_INLINE i32<avx2> to_int(avx2, f32<avx2> v) { return {_mm256_cvtps_epi32(v.v)}; }
#endif
#if LACUNA_AVX512
LACUNA_INLINE i32<avx512> to_int(avx512, f32<avx512> v) { return {_mm512_maskz_cvtps_epi32(0xffff, v.v)}; }
#endif
#if LACUNA_NEON
LACUNA_INLINE i32<neon> to_int(neon, f32<neon> v) { return {vcvtnq_s32_f32(v.v)}; }
#endif

#if LACUNA_SSE2
LACUNA_INLINE void store_u16(sse2, std::uint16_t* p, i32<sse2> v) {
  const __m128i low =
      _mm_srai_epi32(_mm_slli_epi32(v.v, 16), 16);  // so that signed saturation changes nothing
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi32(low, low));
}
LACUNA_INLINE std::uint32_t lanes_below(sse2, i32<sse2> v, std::int32_t limit) {
  const __m128i below = _mm_cmplt_epi32(v.v, _mm_set1_epi32(limit));
  return static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(below)));
}
#endif
#if LACUNA_AVX2
LACUNA_INLINE void store_u16(avx2, std::uint16_t* p, i32<avx2> v) {
  const __m256i low = _mm256_and_si256(v.v, _mm256_set1_epi32(0xffff)), pairs = _mm256_packus_epi32(low, low);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                   _mm256_castsi256_si128(_mm256_permute4x64_epi64(pairs, 0b1000)));
}
LACUNA_INLINE std::uint32_t lanes_below(avx2, i32<avx2> v, std::int32_t limit) {
  const __m256i below = _mm256_cmpgt_epi32(_mm256_set1_epi32(limit), v.v);
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(below)));
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE void store_u16(avx512, std::uint16_t* p, i32<avx512> v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_maskz_cvtepi32_epi16(0xffff, v.v));
}
LACUNA_INLINE void store_bytes(avx512, std::int8_t* p, i32<avx512> v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_maskz_cvtepi32_epi8(0xffff, v.v));
}
LACUNA_INLINE std::uint32_t lanes_below(avx512, i32<avx512> v, std::int32_t limit) {
  return _mm512_cmplt_epi32_mask(v.v, _mm512_set1_epi32(limit));
}
#endif
#if LACUNA_NEON
LACUNA_INLINE void store_u16(neon, std::uint16_t* p, i32<neon> v) {
  vst1_u16(p, vmovn_u32(vreinterpretq_u32_s32(v.v)));
}
LACUNA_INLINE std::uint32_t lanes_below(neon, i32<neon> v, std::int32_t limit) {
  const std::uint32_t bits[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(vcltq_s32(v.v, vdupq_n_s32(limit)), vld1q_u32(bits)));
}
#endif

}  // namespace detail

/// The nearest integers, ties to even; what they are for NaN and beyond 2^31 depends on the arch.
template <class A>
LACUNA_INLINE i32<A> to_int(f32<A> v) {
  return detail::to_int(A{}, v);
}

/// The low 16 bits of each lane to p, A::lanes of them.
template <class A>
LACUNA_INLINE void store_u16(std::uint16_t* p, i32<A> v) {
  detail::store_u16(A{}, p, v);
}

/// Each lane as the nearest bf16, ties to even, to p, A::lanes of them; a NaN stays one. (With the BF16
/// instruction subnormals become zeros.)
template <class A>
LACUNA_INLINE void store_bf16(void* p, f32<A> v) {
#if LACUNA_AVX512_BF16
  if constexpr (std::is_same_v<A, avx512>) {
    _mm256_storeu_si256(static_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh(v.v));
    return;
  }
#endif
  detail::store_bf16(A{}, p, v);
}

/// The low 8 bits of each lane to p, A::lanes of them.
template <class A>
LACUNA_INLINE void store_bytes(std::int8_t* p, i32<A> v) {
  detail::store_bytes(A{}, p, v);
}

/// Which lanes are less than `limit`, as signed integers: bit l for lane l.
template <class A>
LACUNA_INLINE std::uint32_t lanes_below(i32<A> v, std::int32_t limit) {
  return detail::lanes_below(A{}, v, limit);
}
/// How many are.
template <class A>
LACUNA_INLINE int count_below(i32<A> v, std::int32_t limit) {
  return popcount(lanes_below(v, limit));
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
