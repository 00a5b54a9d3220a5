#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Arithmetic on whole registers. Their types and loads are in registers.hpp, first-n loads in first.hpp,
// 16-bit floats in widen.hpp, prefetch and unroll in loop.hpp; all come along.
//
//   const auto y = fma(load<A>(a), load<A>(x), zero<A>());      A::lanes products
//   store(out, y);                                              no address needs alignment
//
// Per backend a result has fixed bits; between backends fma (unfused on SSE2) and the order of `sum` differ.

#include <bit>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/first.hpp>
#include <lacuna/simd/loop.hpp>
#include <lacuna/simd/registers.hpp>
#include <lacuna/simd/widen.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// lane l + lane l + lanes/2, until one is left
#if LACUNA_SSE2
LACUNA_INLINE float tree(__m128 a) {
  a = _mm_add_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
}
#endif
#if LACUNA_AVX2
LACUNA_INLINE float tree(__m256 a) {
  return tree(_mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1)));
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE float tree(__m512 a) {
  return tree(
      _mm256_add_ps(_mm512_maskz_extractf32x8_ps(255, a, 0), _mm512_maskz_extractf32x8_ps(255, a, 1)));
}
#endif
#if LACUNA_NEON
LACUNA_INLINE float tree(float32x4_t a) { return vaddv_f32(vadd_f32(vget_low_f32(a), vget_high_f32(a))); }
#endif
LACUNA_INLINE float tree(plain_batch<float> a) {
  for (int half = plain::lanes / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) a.lane[l] += a.lane[l + half];
  return a.lane[0];
}

}  // namespace detail

/// a * b + c, rounded once where the ISA has fma (everywhere but sse2).
template <class A>
LACUNA_INLINE f32<A> fma(f32<A> a, f32<A> b, f32<A> c) {
  return a * b + c;
}
LACUNA_INLINE f32<plain> fma(f32<plain> a, f32<plain> b, f32<plain> c) {
#if defined(__FP_FAST_FMAF)
  return {detail::plain_batch<float>::make(
      [&](int l) LACUNA_LAMBDA { return __builtin_fmaf(a.v.lane[l], b.v.lane[l], c.v.lane[l]); })};
#else
  return a * b + c;
#endif
}

/// a > b ? a : b, so b if either is NaN; min likewise.
LACUNA_INLINE f32<plain> max(f32<plain> a, f32<plain> b) {
  return {detail::plain_batch<float>::zip(a.v, b.v,
                                          [](float x, float y) LACUNA_LAMBDA { return x > y ? x : y; })};
}
LACUNA_INLINE f32<plain> min(f32<plain> a, f32<plain> b) {
  return {detail::plain_batch<float>::zip(a.v, b.v,
                                          [](float x, float y) LACUNA_LAMBDA { return x < y ? x : y; })};
}

#if LACUNA_AVX512
LACUNA_INLINE f32<avx512> fma(f32<avx512> a, f32<avx512> b, f32<avx512> c) {
  return {_mm512_fmadd_ps(a.v, b.v, c.v)};  // xsimd 8.1 has none
}
LACUNA_INLINE f32<avx512> max(f32<avx512> a, f32<avx512> b) { return {_mm512_max_ps(a.v, b.v)}; }
LACUNA_INLINE f32<avx512> min(f32<avx512> a, f32<avx512> b) { return {_mm512_min_ps(a.v, b.v)}; }
#endif
#if LACUNA_AVX2
LACUNA_INLINE f32<avx2> fma(f32<avx2> a, f32<avx2> b, f32<avx2> c) {
  return {_mm256_fmadd_ps(a.v, b.v, c.v)};
}
LACUNA_INLINE f32<avx2> max(f32<avx2> a, f32<avx2> b) { return {_mm256_max_ps(a.v, b.v)}; }
LACUNA_INLINE f32<avx2> min(f32<avx2> a, f32<avx2> b) { return {_mm256_min_ps(a.v, b.v)}; }
#endif
#if LACUNA_SSE2
LACUNA_INLINE f32<sse2> max(f32<sse2> a, f32<sse2> b) { return {_mm_max_ps(a.v, b.v)}; }
LACUNA_INLINE f32<sse2> min(f32<sse2> a, f32<sse2> b) { return {_mm_min_ps(a.v, b.v)}; }
#endif
#if LACUNA_NEON
LACUNA_INLINE f32<neon> fma(f32<neon> a, f32<neon> b, f32<neon> c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
LACUNA_INLINE f32<neon> max(f32<neon> a, f32<neon> b) { return {vbslq_f32(vcgtq_f32(a.v, b.v), a.v, b.v)}; }
LACUNA_INLINE f32<neon> min(f32<neon> a, f32<neon> b) { return {vbslq_f32(vcltq_f32(a.v, b.v), a.v, b.v)}; }
#endif

/// The sum of all lanes as a tree: lane l takes lane l + lanes/2, until one is left.
template <class A>
LACUNA_INLINE float sum(f32<A> a) {
  return detail::tree(a.v);
}

/// The nearest floats of the integers.
#if !LACUNA_SCALAR_ONLY
template <class A>
LACUNA_INLINE f32<A> to_float(i32<A> a) {
  return {xsimd::to_float(a.v)};
}
#endif
LACUNA_INLINE f32<plain> to_float(i32<plain> a) {
  return {
      detail::plain_batch<float>::make([&](int l) LACUNA_LAMBDA { return static_cast<float>(a.v.lane[l]); })};
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
