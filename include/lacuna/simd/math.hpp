#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Functions of a register of floats: exp, within 1 ulp; exp(-inf) = 0, exp(NaN) = NaN, infinity above 88.73.

#include <cmath>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>

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

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
