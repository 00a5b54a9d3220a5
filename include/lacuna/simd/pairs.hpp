#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Two registers of floats as one of bf16 pairs, the operand of dot_bf16:
//
//   a   a0 a1 a2 ...     b   b0 b1 b2 ...     pair_bf16(a, b)   a0 b0 | a1 b1 | a2 b2 ...

#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The bits of the nearest bf16, ties to even, in the upper half; the lower half is whatever is left.
template <class A>
LACUNA_INLINE i32<A> round_up_half(f32<A> a) {
  const i32<A> u = as_i32(a);
  return u + set_i32<A>(0x7fff) + (shr<16>(u) & set_i32<A>(1));
}
template <class A>
LACUNA_INLINE i32<A> pair_bf16(A, f32<A> a, f32<A> b) {
  return shr<16>(round_up_half(a)) | (round_up_half(b) & set_i32<A>(-0x10000));
}
#if LACUNA_AVX512_BF16
LACUNA_INLINE i32<avx512> pair_bf16(avx512, f32<avx512> a, f32<avx512> b) {
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(b.v, a.v);  // a0 .. a15 b0 .. b15
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7,
                                         22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return {_mm512_maskz_permutexvar_epi16(~__mmask32{0}, order, both)};
}
#endif

}  // namespace detail

/// Lane l: the nearest bf16 of a[l] in the low half, of b[l] in the high half, ties to even. A NaN whose payload is all
/// ones may come out as zero, and subnormals as zeros.
template <class A>
LACUNA_INLINE i32<A> pair_bf16(f32<A> a, f32<A> b) {
  return detail::pair_bf16(A{}, a, b);
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
