#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Lanes of two registers by a mask of bits:  blend(0b0101, a, b) = a0 b1 a2 b3 b4 ...
// Which raw values are not x:                differs<2>(a, x), a bit for each value
//
// Bits at and above the number of lanes are ignored.

#include <cstdint>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>
#include <type_traits>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {

/// Lane l is a's where bit l is set, b's elsewhere.
LACUNA_INLINE f32<plain> blend(std::uint32_t mask, f32<plain> a, f32<plain> b) {
  return {detail::plain_batch<float>::make(
      [&](int l) LACUNA_LAMBDA { return (mask >> l & 1u) != 0 ? a.v.lane[l] : b.v.lane[l]; })};
}
#if LACUNA_SSE2
LACUNA_INLINE f32<sse2> blend(std::uint32_t mask, f32<sse2> a, f32<sse2> b) {
  const __m128i bit = _mm_setr_epi32(1, 2, 4, 8);
  const __m128i on = _mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32(static_cast<int>(mask)), bit), bit);
  const __m128 m = _mm_castsi128_ps(on);
  return {_mm_or_ps(_mm_and_ps(m, a.v), _mm_andnot_ps(m, b.v))};
}
#endif
#if LACUNA_AVX2
LACUNA_INLINE f32<avx2> blend(std::uint32_t mask, f32<avx2> a, f32<avx2> b) {
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i on =
      _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(mask)), bit), bit);
  return {_mm256_blendv_ps(b.v, a.v, _mm256_castsi256_ps(on))};
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE f32<avx512> blend(std::uint32_t mask, f32<avx512> a, f32<avx512> b) {
  return {_mm512_mask_blend_ps(static_cast<__mmask16>(mask), b.v, a.v)};
}
#endif
#if LACUNA_NEON
LACUNA_INLINE f32<neon> blend(std::uint32_t mask, f32<neon> a, f32<neon> b) {
  const std::uint32_t bits[4] = {1, 2, 4, 8};
  const uint32x4_t on = vtstq_u32(vdupq_n_u32(mask), vld1q_u32(bits));
  return {vbslq_f32(on, a.v, b.v)};
}
#endif

/// Bit l is set where value l of Bytes = 1 or 2 bytes is not x.
template <int Bytes, class A>
LACUNA_INLINE std::uint64_t differs(i32<A> a, int x) {
  static_assert(Bytes == 1 || Bytes == 2);
#if LACUNA_AVX512
  if constexpr (std::is_same_v<A, avx512>) {
    if constexpr (Bytes == 1)
      return _mm512_cmpneq_epi8_mask(a.v, _mm512_set1_epi8(static_cast<char>(x)));
    else
      return _mm512_cmpneq_epi16_mask(a.v, _mm512_set1_epi16(static_cast<short>(x)));
  }
#endif
  detail::word<Bytes> in[A::lanes * 4 / Bytes];
  store_raw(in, a);
  std::uint64_t mask = 0;
  for (int l = 0; l < A::lanes * 4 / Bytes; ++l)
    mask |= std::uint64_t{in[l] != static_cast<detail::word<Bytes>>(x)} << l;
  return mask;
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
