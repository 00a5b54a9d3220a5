#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Moves by index: from one register, from two, from memory, and small windows of memory repeated over a
// register.
//
//   lookup(idx, v)         lane l = v[idx[l] mod lanes]
//   lookup2(idx, a, b)     lane l = (a b)[idx[l] mod 2 lanes]
//   window<2>(p)           p0 p1 p0 p1 p0 p1 p0 p1
//
// Only the low bits of an index count, so a lookup in window<M> makes garbage above the log2(M) bits of an
// N:M offset harmless: fields need no mask.

#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>
#include <type_traits>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The plain text.
template <int Bytes, class A>
LACUNA_INLINE i32<A> lookup(A, i32<A> idx, i32<A> v) {
  constexpr unsigned count = A::lanes * 4 / Bytes;
  word<Bytes> at[count], in[count], out[count];
  store_raw(at, idx);
  store_raw(in, v);
  for (unsigned l = 0; l < count; ++l) out[l] = in[at[l] % count];
  return load_raw<A>(out);
}
template <class A>
LACUNA_INLINE i32<A> lookup2(A, i32<A> idx, i32<A> a, i32<A> b) {
  constexpr unsigned count = A::lanes;
  std::uint32_t at[count], in[2 * count], out[count];
  store_raw(at, idx);
  store_raw(in, a);
  store_raw(in + count, b);
  for (unsigned l = 0; l < count; ++l) out[l] = in[at[l] % (2 * count)];
  return load_raw<A>(out);
}
template <class A>
LACUNA_INLINE f32<A> gather(A, const float* base, i32<A> idx) {
  std::int32_t at[A::lanes];
  float out[A::lanes];
  store(at, idx);
  for (int l = 0; l < A::lanes; ++l) out[l] = base[at[l]];
  return load<A>(out);
}
template <int M, class A>
LACUNA_INLINE f32<A> window(A, const float* p) {
  float out[A::lanes];
  for (int l = 0; l < A::lanes; ++l) out[l] = p[l % M];
  return load<A>(out);
}

#if LACUNA_SSE2
// Two floats as one double; not by _mm_load_sd, whose plain double neither aliases floats nor lies at any
// address.
LACUNA_INLINE __m128d pair(const float* p) {
  double d;
  std::memcpy(&d, p, sizeof d);
  return _mm_set_sd(d);
}

template <int M>
LACUNA_INLINE f32<sse2> window(sse2, const float* p) {
  if constexpr (M == 1)
    return set<sse2>(*p);
  else if constexpr (M == 2)
    return {_mm_castpd_ps(_mm_unpacklo_pd(pair(p), pair(p)))};
  else
    return load<sse2>(p);
}
#endif

#if LACUNA_AVX2
template <int Bytes>
LACUNA_INLINE i32<avx2> lookup(avx2, i32<avx2> idx, i32<avx2> v) {
  if constexpr (Bytes == 4) {
    return {_mm256_permutevar8x32_epi32(v.v, idx.v)};
  } else {
    // A byte shuffle sees 16 bytes: look into both halves, let the index bit above choose.
    const __m256i lo = _mm256_permute2x128_si256(v.v, v.v, 0x00),
                  hi = _mm256_permute2x128_si256(v.v, v.v, 0x11);
    __m256i at = idx.v, upper = _mm256_slli_epi16(idx.v, 3);
    if constexpr (Bytes == 2) {
      at = _mm256_mullo_epi16(_mm256_and_si256(at, _mm256_set1_epi16(7)), _mm256_set1_epi16(0x0202));
      at = _mm256_or_si256(at, _mm256_set1_epi16(0x0100));
      upper = _mm256_srai_epi16(_mm256_slli_epi16(idx.v, 12), 15);
    }
    at = _mm256_and_si256(at, _mm256_set1_epi8(15));
    return {_mm256_blendv_epi8(_mm256_shuffle_epi8(lo, at), _mm256_shuffle_epi8(hi, at), upper)};
  }
}
LACUNA_INLINE i32<avx2> lookup2(avx2, i32<avx2> idx, i32<avx2> a, i32<avx2> b) {
  const __m256 lo = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(a.v, idx.v));
  const __m256 hi = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(b.v, idx.v));
  const __m256 upper = _mm256_castsi256_ps(_mm256_slli_epi32(idx.v, 28));
  return {_mm256_castps_si256(_mm256_blendv_ps(lo, hi, upper))};
}
LACUNA_INLINE f32<avx2> gather(avx2, const float* base, i32<avx2> idx) {
  __m256i all = _mm256_set1_epi32(-1);
  asm("" : "+x"(all));  // g++ drops the fresh zero if it sees that the mask is full
  const __m256 zero = _mm256_castsi256_ps(fresh_zero(avx2{}));
  return {_mm256_mask_i32gather_ps(zero, base, idx.v, _mm256_castsi256_ps(all), 4)};
}
template <int M>
LACUNA_INLINE f32<avx2> window(avx2, const float* p) {
  if constexpr (M == 1)
    return set<avx2>(*p);
  else if constexpr (M == 2)
    return {_mm256_castpd_ps(_mm256_broadcastsd_pd(pair(p)))};
  else if constexpr (M == 4)
    return {_mm256_broadcast_ps(reinterpret_cast<const __m128*>(p))};
  else
    return load<avx2>(p);
}
#endif

#if LACUNA_AVX512
template <int Bytes>
LACUNA_INLINE i32<avx512> lookup(avx512, i32<avx512> idx, i32<avx512> v) {
  if constexpr (Bytes == 4) {
    return {_mm512_maskz_permutexvar_epi32(0xffff, idx.v, v.v)};
  } else if constexpr (Bytes == 2) {
    return {_mm512_permutexvar_epi16(idx.v, v.v)};
  } else {
#  if LACUNA_AVX512_VBMI
    return {_mm512_permutexvar_epi8(idx.v, v.v)};
#  else
    // The word that holds the byte, once for the even and once for the odd places; index bit 0 picks its
    // half.
    const __m512i one = _mm512_set1_epi16(1);
    const __m512i even = _mm512_permutexvar_epi16(_mm512_srli_epi16(idx.v, 1), v.v);
    const __m512i odd = _mm512_permutexvar_epi16(_mm512_srli_epi16(idx.v, 9), v.v);
    const __m512i down = _mm512_slli_epi16(_mm512_and_si512(idx.v, one), 3);
    const __m512i up = _mm512_slli_epi16(_mm512_andnot_si512(_mm512_srli_epi16(idx.v, 8), one), 3);
    return {_mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaau, _mm512_srlv_epi16(even, down),
                                   _mm512_sllv_epi16(odd, up))};
#  endif
  }
}
LACUNA_INLINE i32<avx512> lookup2(avx512, i32<avx512> idx, i32<avx512> a, i32<avx512> b) {
  return {_mm512_permutex2var_epi32(a.v, idx.v, b.v)};
}
LACUNA_INLINE f32<avx512> gather(avx512, const float* base, i32<avx512> idx) {
  __mmask16 all = 0xffff;
  asm("" : "+Yk"(all));
  return {_mm512_mask_i32gather_ps(_mm512_castsi512_ps(fresh_zero(avx512{})), all, idx.v, base, 4)};
}
template <int M>
LACUNA_INLINE f32<avx512> window(avx512, const float* p) {
  if constexpr (M == 1)
    return set<avx512>(*p);
  else if constexpr (M == 2)
    return {_mm512_castpd_ps(_mm512_maskz_broadcastsd_pd(255, pair(p)))};
  else if constexpr (M == 4)
    return {_mm512_maskz_broadcast_f32x4(0xffff, _mm_loadu_ps(p))};
  else if constexpr (M == 8)
    return {_mm512_maskz_broadcast_f32x8(0xffff, _mm256_loadu_ps(p))};
  else
    return load<avx512>(p);
}
#endif

#if LACUNA_NEON
// tbl takes bytes and gives 0 outside its table: index i becomes 4i, 4i + 1, 4i + 2, 4i + 3.
LACUNA_INLINE uint8x16_t byte_indices(i32<neon> idx, std::uint32_t low_bits) {
  const uint32x4_t i = vandq_u32(vreinterpretq_u32_s32(idx.v), vdupq_n_u32(low_bits));
  return vreinterpretq_u8_u32(vmlaq_u32(vdupq_n_u32(0x03020100u), i, vdupq_n_u32(0x04040404u)));
}
template <int Bytes>
requires(Bytes == 4) LACUNA_INLINE i32<neon> lookup(neon, i32<neon> idx, i32<neon> v) {
  return {vreinterpretq_s32_u8(vqtbl1q_u8(vreinterpretq_u8_s32(v.v), byte_indices(idx, 3)))};
}
LACUNA_INLINE i32<neon> lookup2(neon, i32<neon> idx, i32<neon> a, i32<neon> b) {
  const uint8x16x2_t table = {{vreinterpretq_u8_s32(a.v), vreinterpretq_u8_s32(b.v)}};
  return {vreinterpretq_s32_u8(vqtbl2q_u8(table, byte_indices(idx, 7)))};
}
#endif

}  // namespace detail

/// Values of Bytes = 4, 2 or 1 bytes, as are the indices; with count = lanes * 4 / Bytes of them, value l is
/// v[idx[l] mod count].
template <int Bytes, class A>
LACUNA_INLINE i32<A> lookup_raw(i32<A> idx, i32<A> v) {
  static_assert(Bytes == 1 || Bytes == 2 || Bytes == 4);
  return detail::lookup<Bytes>(A{}, idx, v);
}

/// Lane l = v[idx[l] mod lanes].
template <class A>
LACUNA_INLINE f32<A> lookup(i32<A> idx, f32<A> v) {
  return as_f32(detail::lookup<4>(A{}, idx, as_i32(v)));
}

/// Lane l = (a followed by b)[idx[l] mod 2 lanes].
template <class A>
LACUNA_INLINE f32<A> lookup2(i32<A> idx, f32<A> a, f32<A> b) {
  return as_f32(detail::lookup2(A{}, idx, as_i32(a), as_i32(b)));
}

/// Lane l = base[idx[l]]; indices are signed. The hardware instruction costs about 0.8 cycles a lane, no less
/// than as many loads, so prefer lookup in a window.
template <class A>
LACUNA_INLINE f32<A> gather(const float* base, i32<A> idx) {
  return detail::gather(A{}, base, idx);
}

/// The registers of a window that gather_within looks through: Span floats, rounded up.
template <int Span, class A>
inline constexpr int window_reach = Span <= A::lanes       ? A::lanes
                                    : Span <= 2 * A::lanes ? 2 * A::lanes
                                    : Span <= 4 * A::lanes ? 4 * A::lanes
                                                           : Span;
/// Lane l = p[idx[l]], 0 <= idx[l] < Span. Reads window_reach<Span, A> floats: up to two registers (four on AVX-512, where
/// eight tokens times 1:4 took 6.9 ms by gathers and 2.2 so) are permuted.
template <int Span, class A>
LACUNA_INLINE f32<A> gather_within(const float* p, i32<A> idx) {
  constexpr int L = A::lanes;
  if constexpr (Span <= L) {
    return lookup<A>(idx, load<A>(p));
  } else if constexpr (Span <= 2 * L) {
    return lookup2<A>(idx, load<A>(p), load<A>(p + L));
#if LACUNA_AVX512
  } else if constexpr (std::is_same_v<A, avx512> && Span <= 4 * L) {
    const auto low = lookup2<A>(idx, load<A>(p), load<A>(p + L));
    const auto high = lookup2<A>(idx, load<A>(p + 2 * L), load<A>(p + 3 * L));
    return {_mm512_mask_blend_ps(_mm512_test_epi32_mask(idx.v, _mm512_set1_epi32(2 * L)), low.v, high.v)};
#endif
  } else {
    return gather<A>(p, idx);
  }
}

/// p[0 .. M) repeated over the register; M divides the number of lanes.
template <int M, class A>
LACUNA_INLINE f32<A> window(const float* p) {
  static_assert(M > 0 && A::lanes % M == 0);
  return detail::window<M>(A{}, p);
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
