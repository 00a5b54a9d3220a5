#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Functions of a register of floats: exp, within 1 ulp; exp(-inf) = 0, exp(NaN) = NaN, infinity above 88.73.
// exp2, within 2^-22: exactly 0 below -126.5, so that a masked score weighs nothing; 2^NaN = NaN.

#include <cmath>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>
#include <lacuna/simd/vec.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {

#if !LACUNA_SCALAR_ONLY
template <class A>
LACUNA_INLINE f32<A> exp(f32<A> a) {
  return {xsimd::exp(a.v)};
}
#endif
LACUNA_INLINE f32<plain> exp(f32<plain> a) {
  return {detail::plain_batch<float>::make([&](int l) LACUNA_LAMBDA { return std::exp(a.v.lane[l]); })};
}

/// 2^a as 2^n 2^f with n the integer nearest to a: the polynomial is for |f| <= 1/2 and must not see more.
template <class A>
LACUNA_INLINE f32<A> exp2(f32<A> a) {
  const f32<A> x = min(set<A>(128.0f), max(set<A>(-127.0f), a)), round = set<A>(0x1.8p23f + 127),
               shifted = x + round;
  const f32<A> f = x - (shifted - round);
  f32<A> p = fma(set<A>(1.53533031e-4f), f, set<A>(1.33988744e-3f));
  p = fma(p, f, set<A>(9.61843736e-3f));
  p = fma(p, f, set<A>(5.55033247e-2f));
  p = fma(p, f, set<A>(2.40226479e-1f));
  p = fma(p, f, set<A>(6.93147203e-1f));
  p = fma(p, f, set<A>(1.0f));
  // The low bits of `shifted` count n + 127; n = -127 becomes the scale 0, 128 infinity.
  return p * as_f32(shl<23>(as_i32(shifted)));
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
