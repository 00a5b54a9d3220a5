#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Sixteen lanes on any arch: what a format of fixed width (a tile of 16 tokens, a panel of 16 channels) is
// computed in.
//
//   f32x16<avx512>  1 register    f32x16<avx2>  2    f32x16<sse2>, <neon>  4
//
// Lane l lies in register l / A::lanes. Arithmetic is that of the registers.

#include <cstddef>
#include <cstdint>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/blend.hpp>
#include <lacuna/simd/dot.hpp>
#include <lacuna/simd/expand.hpp>
#include <lacuna/simd/loop.hpp>
#include <lacuna/simd/math.hpp>
#include <lacuna/simd/narrow.hpp>
#include <lacuna/simd/registers.hpp>
#include <lacuna/simd/vec.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {

template <class A>
inline constexpr int sixteenth = 16 / A::lanes;  // registers of 16 lanes

template <class A>
struct f32x16 {
  f32<A> r[sixteenth<A>];
};
template <class A>
struct i32x16 {
  i32<A> r[sixteenth<A>];
};

/// Register by register: f(constant r).
template <class A, class F>
LACUNA_INLINE f32x16<A> each_f32(F&& f) {
  f32x16<A> x;
  unroll<sixteenth<A>>([&](auto r) LACUNA_LAMBDA { x.r[r] = f(r); });
  return x;
}
template <class A, class F>
LACUNA_INLINE i32x16<A> each_i32(F&& f) {
  i32x16<A> x;
  unroll<sixteenth<A>>([&](auto r) LACUNA_LAMBDA { x.r[r] = f(r); });
  return x;
}

template <class A>
LACUNA_INLINE f32x16<A> set16(float v) {
  return each_f32<A>([&](auto) LACUNA_LAMBDA { return set<A>(v); });
}
template <class A>
LACUNA_INLINE i32x16<A> set16_i32(std::int32_t v) {
  return each_i32<A>([&](auto) LACUNA_LAMBDA { return set_i32<A>(v); });
}
template <class A>
LACUNA_INLINE void clear(f32x16<A>& x) {
  x = set16<A>(0);
}
template <class A>
LACUNA_INLINE void clear(i32x16<A>& x) {
  x = set16_i32<A>(0);
}
/// 16 stored values: float, bf16 or f16.
template <class A, class T>
LACUNA_INLINE f32x16<A> load16(const T* p) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return widen<A>(p + r * A::lanes); });
}
/// 64 bytes.
template <class A>
LACUNA_INLINE i32x16<A> load16_raw(const void* p) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA {
    return load_raw<A>(static_cast<const unsigned char*>(p) + r * A::lanes * 4);
  });
}
template <class A>
LACUNA_INLINE void store16(float* p, f32x16<A> v) {
  unroll<sixteenth<A>>([&](auto r) LACUNA_LAMBDA { store(p + r * A::lanes, v.r[r]); });
}
template <class A>
LACUNA_INLINE void store16_raw(void* p, i32x16<A> v) {
  unroll<sixteenth<A>>(
      [&](auto r) LACUNA_LAMBDA { store_raw(static_cast<unsigned char*>(p) + r * A::lanes * 4, v.r[r]); });
}

/// 16 bf16.
template <class A>
LACUNA_INLINE void store16_bf16(void* p, f32x16<A> v) {
  unroll<sixteenth<A>>(
      [&](auto r) LACUNA_LAMBDA { store_bf16(static_cast<unsigned char*>(p) + r * A::lanes * 2, v.r[r]); });
}
template <class A>
LACUNA_INLINE f32x16<A> exp2(f32x16<A> a) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return exp2(a.r[r]); });
}

template <class A>
LACUNA_INLINE f32x16<A> operator+(f32x16<A> a, f32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] + b.r[r]; });
}
template <class A>
LACUNA_INLINE f32x16<A> operator-(f32x16<A> a, f32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] - b.r[r]; });
}
template <class A>
LACUNA_INLINE f32x16<A> operator*(f32x16<A> a, f32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] * b.r[r]; });
}
template <class A>
LACUNA_INLINE f32x16<A> operator/(f32x16<A> a, f32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] / b.r[r]; });
}
template <class A>
LACUNA_INLINE i32x16<A> operator+(i32x16<A> a, i32x16<A> b) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] + b.r[r]; });
}
template <class A>
LACUNA_INLINE i32x16<A> operator-(i32x16<A> a, i32x16<A> b) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] - b.r[r]; });
}
template <class A>
LACUNA_INLINE i32x16<A> operator*(i32x16<A> a, i32x16<A> b) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] * b.r[r]; });
}
template <class A>
LACUNA_INLINE i32x16<A> operator&(i32x16<A> a, i32x16<A> b) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return a.r[r] & b.r[r]; });
}
template <int N, class A>
LACUNA_INLINE i32x16<A> shr16(i32x16<A> a) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA {
    if constexpr (N == 0)
      return a.r[r];
    else
      return shr<N>(a.r[r]);
  });
}
template <class A>
LACUNA_INLINE f32x16<A> fma(f32x16<A> a, f32x16<A> b, f32x16<A> c) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return fma(a.r[r], b.r[r], c.r[r]); });
}
/// a > b ? a : b.
template <class A>
LACUNA_INLINE f32x16<A> max(f32x16<A> a, f32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return max(a.r[r], b.r[r]); });
}
template <class A>
LACUNA_INLINE f32x16<A> min(f32x16<A> a, f32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return min(a.r[r], b.r[r]); });
}
template <class A>
LACUNA_INLINE f32x16<A> to_float(i32x16<A> a) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return to_float(a.r[r]); });
}
template <class A>
LACUNA_INLINE f32x16<A> dot_bf16(f32x16<A> acc, i32x16<A> a, i32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return dot_bf16(acc.r[r], a.r[r], b.r[r]); });
}
template <class A>
LACUNA_INLINE i32x16<A> dot_u8i8(i32x16<A> acc, i32x16<A> u, i32x16<A> s) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return dot_u8i8(acc.r[r], u.r[r], s.r[r]); });
}

template <class A>
LACUNA_INLINE i32x16<A> dot_i16(i32x16<A> acc, i32x16<A> a, i32x16<A> b) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return dot_i16(acc.r[r], a.r[r], b.r[r]); });
}
/// 32 signed bytes as 16-bit integers, two to a lane.
template <class A>
LACUNA_INLINE i32x16<A> load16_i8(const void* p) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA {
    return widen_i8<A>(static_cast<const unsigned char*>(p) + r * A::lanes * 2);
  });
}
template <class A>
LACUNA_INLINE i32x16<A> to_int(f32x16<A> a) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return to_int(a.r[r]); });
}
template <class A>
LACUNA_INLINE f32x16<A> abs(f32x16<A> a) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return as_f32(as_i32(a.r[r]) & set_i32<A>(0x7fffffff)); });
}
/// The two halves of each 32 bits as floats.
template <class A>
LACUNA_INLINE f32x16<A> bf16_even(i32x16<A> a) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return bf16_even(a.r[r]); });
}
template <class A>
LACUNA_INLINE f32x16<A> bf16_odd(i32x16<A> a) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return bf16_odd(a.r[r]); });
}
template <class A>
LACUNA_INLINE i32x16<A> i8_even(i32x16<A> a) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return i8_even(a.r[r]); });
}
template <class A>
LACUNA_INLINE i32x16<A> i8_odd(i32x16<A> a) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA { return i8_odd(a.r[r]); });
}
/// The low 16 (8) bits of each lane, 16 of them.
template <class A>
LACUNA_INLINE void store16_u16(std::uint16_t* p, i32x16<A> v) {
  unroll<sixteenth<A>>([&](auto r) LACUNA_LAMBDA { store_u16(p + r * A::lanes, v.r[r]); });
}
template <class A>
LACUNA_INLINE void store16_bytes(std::int8_t* p, i32x16<A> v) {
  unroll<sixteenth<A>>([&](auto r) LACUNA_LAMBDA { store_bytes(p + r * A::lanes, v.r[r]); });
}
/// 64 bytes of values of Bytes = 2 or 1 bytes: those whose mask bits are set come packed from p, zeros elsewhere. Reads
/// up to 64 bytes from the last value on.
template <int Bytes, class A>
LACUNA_INLINE i32x16<A> expand16(const std::byte* p, std::uint64_t mask) {
  constexpr int places = A::lanes * 4 / Bytes;
  i32x16<A> x;
  unroll<sixteenth<A>>([&](auto r) LACUNA_LAMBDA {
    x.r[r] = expand_from<Bytes, A>(p, mask);
    if constexpr (r + 1 < sixteenth<A>) {
      p += popcount(mask & ((std::uint64_t{1} << places) - 1)) * Bytes;
      mask >>= places;
    }
  });
  return x;
}

/// Lane l is a's where bit l is set, b's elsewhere.
template <class A>
LACUNA_INLINE f32x16<A> blend(std::uint32_t mask, f32x16<A> a, f32x16<A> b) {
  return each_f32<A>([&](auto r) LACUNA_LAMBDA { return blend(mask >> (r * A::lanes), a.r[r], b.r[r]); });
}

/// Bit l is set where lane l is less than `limit`, as signed integers.
template <class A>
LACUNA_INLINE std::uint32_t lanes_below(i32x16<A> a, std::int32_t limit) {
  std::uint32_t mask = 0;
  unroll<sixteenth<A>>([&](auto r) LACUNA_LAMBDA { mask |= lanes_below(a.r[r], limit) << (r * A::lanes); });
  return mask;
}
/// Integers in the order of the floats: a < b exactly if order16(a) < order16(b), whatever their signs; -0 is 0. A NaN
/// lies above infinity or, with a sign bit, below -infinity.
template <class A>
LACUNA_INLINE i32x16<A> order16(f32x16<A> a) {
  return each_i32<A>([&](auto r) LACUNA_LAMBDA {
    const auto bits = as_i32(a.r[r] + set<A>(0));  // -0 + 0 = 0
    const auto flip = (shr<31>(bits) + set_i32<A>(0x7fffffff)) ^ set_i32<A>(-1);
    return bits ^ (flip & set_i32<A>(0x7fffffff));
  });
}

/// All 16 lanes, as a tree of a fixed shape for each arch.
template <class A>
LACUNA_INLINE float sum(f32x16<A> a) {
  f32<A> t = a.r[0];
  unroll<sixteenth<A> - 1>([&](auto r) LACUNA_LAMBDA { t = t + a.r[r + 1]; });
  return sum(t);
}
/// The largest lane; a NaN may or may not show.
template <class A>
LACUNA_INLINE float largest(f32x16<A> a) {
#if LACUNA_AVX512  // a chain of 15 comparisons was half of what folding the scales of 32 keys took
  if constexpr (std::is_same_v<A, avx512>) return _mm512_reduce_max_ps(a.r[0].v);
#endif
  float lane[16];
  store16(lane, a);
  float most = lane[0];
  for (int l = 1; l < 16; ++l) most = lane[l] > most ? lane[l] : most;
  return most;
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
