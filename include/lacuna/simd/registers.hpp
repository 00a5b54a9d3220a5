#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The register types: f32<A> is A::lanes floats, i32<A> as many 32-bit integers. Narrow values lie raw in an
// i32<A>:
//
//   i32<avx2>   lane   |   0   |   1   | ... |   7   |
//               bf16   | 0   1 | 2   3 | ... |14  15 |     lanes * 4 / Bytes values in memory order
//
// Wrapped, not naked xsimd batches, so that `fma`, `max` or `exp` never reach xsimd's by argument-dependent
// lookup: they differ between its versions (8.1 does not fuse fma on AVX-512; max(NaN, 1) changed in 14). The
// operators are lane-wise; integers wrap.

#include <bit>
#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/plain.hpp>
#include <type_traits>

// Around the code of this room, and of what it calls: g++ 12 takes the "undefined" operand inside its own
// AVX-512 intrinsics for a mistake (its bug 105593).
#if defined(__clang__)
#  define LACUNA_SIMD_BEGIN
#  define LACUNA_SIMD_END
#else
#  define LACUNA_SIMD_BEGIN                                                              \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wuninitialized\"") \
        _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#  define LACUNA_SIMD_END _Pragma("GCC diagnostic pop")
#endif

LACUNA_SIMD_BEGIN

#if !LACUNA_SCALAR_ONLY
#  include <xsimd/xsimd.hpp>
#endif
#if LACUNA_SSE2
#  include <immintrin.h>
#elif LACUNA_NEON
#  include <arm_neon.h>
#endif

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

template <class A>
struct batch_of;
template <>
struct batch_of<plain> {
  using f32 = plain_batch<float>;
  using i32 = plain_batch<std::int32_t>;
  using u32 = plain_batch<std::uint32_t>;
};
#if !LACUNA_SCALAR_ONLY
template <class X>
struct xsimd_batches {
  using f32 = xsimd::batch<float, X>;
  using i32 = xsimd::batch<std::int32_t, X>;
  using u32 = xsimd::batch<std::uint32_t, X>;
};
#endif
#if LACUNA_AVX512
template <>
struct batch_of<avx512> : xsimd_batches<xsimd::avx512bw> {};
#endif
#if LACUNA_AVX2
template <>
struct batch_of<avx2> : xsimd_batches<xsimd::fma3<xsimd::avx2>> {};
#endif
#if LACUNA_SSE2
template <>
struct batch_of<sse2> : xsimd_batches<xsimd::sse2> {};
#endif
#if LACUNA_NEON
template <>
struct batch_of<neon> : xsimd_batches<xsimd::neon64> {};
#endif

template <class Batch>
LACUNA_INLINE Batch quotient(Batch a, Batch b) {
  return a / b;
}
#if LACUNA_NEON  // xsimd 8.1 refines an estimate: the last bit may be off
LACUNA_INLINE batch_of<neon>::f32 quotient(batch_of<neon>::f32 a, batch_of<neon>::f32 b) {
  return vdivq_f32(a, b);
}
#endif

// vpexpand*, vpcompress* and vgather* wait for the old value of their destination even when they replace all
// of it: 4.7 cycles each in a loop that reuses one register, as g++ 12 does, against 0.95 (x3.5 for a whole
// float bitmap product). Given a zero that the compiler cannot see through, it writes the register first, by
// an instruction that waits for nothing.
#if LACUNA_AVX2
LACUNA_INLINE __m256i fresh_zero(avx2) {
  __m256i z = _mm256_setzero_si256();
  asm("" : "+v"(z));
  return z;
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE __m512i fresh_zero(avx512) {
  __m512i z = _mm512_setzero_si512();
  asm("" : "+v"(z));
  return z;
}
#endif

}  // namespace detail

/// A::lanes floats.
template <class A>
struct f32 {
  using batch = typename detail::batch_of<A>::f32;
  batch v;

  LACUNA_INLINE friend f32 operator+(f32 a, f32 b) { return {a.v + b.v}; }
  LACUNA_INLINE friend f32 operator-(f32 a, f32 b) { return {a.v - b.v}; }
  LACUNA_INLINE friend f32 operator*(f32 a, f32 b) { return {a.v * b.v}; }
  LACUNA_INLINE friend f32 operator/(f32 a, f32 b) { return {detail::quotient(a.v, b.v)}; }
};

/// A::lanes 32-bit integers, or A::lanes * 4 / Bytes raw values of 1, 2 or 4 bytes.
template <class A>
struct i32 {
  using batch = typename detail::batch_of<A>::i32;
  batch v;

  LACUNA_INLINE friend i32 operator+(i32 a, i32 b) { return {a.v + b.v}; }
  LACUNA_INLINE friend i32 operator-(i32 a, i32 b) { return {a.v - b.v}; }
  LACUNA_INLINE friend i32 operator*(
      i32 a, i32 b) {  // unsigned: xsimd 8.1 multiplies lanes as int, which may overflow
    using u32 = typename detail::batch_of<A>::u32;
    return {std::bit_cast<batch>(std::bit_cast<u32>(a.v) * std::bit_cast<u32>(b.v))};
  }
  LACUNA_INLINE friend i32 operator&(i32 a, i32 b) { return {a.v & b.v}; }
  LACUNA_INLINE friend i32 operator|(i32 a, i32 b) { return {a.v | b.v}; }
  LACUNA_INLINE friend i32 operator^(i32 a, i32 b) { return {a.v ^ b.v}; }
};

/// A::lanes floats or 32-bit integers from p; no alignment needed, as everywhere.
template <class A>
LACUNA_INLINE f32<A> load(const float* p) {
  return {f32<A>::batch::load_unaligned(p)};
}
template <class A>
LACUNA_INLINE i32<A> load(const std::int32_t* p) {
  return {i32<A>::batch::load_unaligned(p)};
}
template <class A>
LACUNA_INLINE void store(float* p, f32<A> v) {
  v.v.store_unaligned(p);
}
template <class A>
LACUNA_INLINE void store(std::int32_t* p, i32<A> v) {
  v.v.store_unaligned(p);
}

/// The A::lanes * 4 bytes at p, whatever their type. (x86 loads may alias anything; g++ 12 splits a 64-byte
/// memcpy in two.)
template <class A>
LACUNA_INLINE i32<A> load_raw(const void* p) {
  if constexpr (LACUNA_SSE2 && !std::is_same_v<A, plain>) return load<A>(static_cast<const std::int32_t*>(p));
  i32<A> r;
  std::memcpy(&r.v, p, sizeof r.v);
  return r;
}
template <class A>
LACUNA_INLINE void store_raw(void* p, i32<A> v) {
  if constexpr (LACUNA_SSE2 && !std::is_same_v<A, plain>) return store(static_cast<std::int32_t*>(p), v);
  std::memcpy(p, &v.v, sizeof v.v);
}

template <class A>
LACUNA_INLINE f32<A> set(float x) {
  return {f32<A>::batch::broadcast(x)};
}
template <class A>
LACUNA_INLINE i32<A> set_i32(std::int32_t x) {
  return {i32<A>::batch::broadcast(x)};
}
template <class A>
LACUNA_INLINE f32<A> zero() {
  return set<A>(0.0f);
}
template <class A>
LACUNA_INLINE i32<A> zero_i32() {
  return set_i32<A>(0);
}

/// The same bits under the other type.
template <class A>
LACUNA_INLINE f32<A> as_f32(i32<A> a) {
  return {std::bit_cast<typename f32<A>::batch>(a.v)};
}
template <class A>
LACUNA_INLINE i32<A> as_i32(f32<A> a) {
  return {std::bit_cast<typename i32<A>::batch>(a.v)};
}

/// Every lane shifted by N bits, 0 <= N < 32, zeros in.
template <int N, class A>
LACUNA_INLINE i32<A> shl(i32<A> a) {
#if LACUNA_AVX512  // the unmasked intrinsic, as xsimd has it, warns wherever g++ 12 inlines it
  if constexpr (std::is_same_v<A, avx512>) return {_mm512_maskz_slli_epi32(0xffff, a.v, N)};
#endif
  return {a.v << N};
}
template <int N, class A>
LACUNA_INLINE i32<A> shr(i32<A> a) {
#if LACUNA_AVX512
  if constexpr (std::is_same_v<A, avx512>) return {_mm512_maskz_srli_epi32(0xffff, a.v, N)};
#endif
  using u32 = typename detail::batch_of<A>::u32;
  return {std::bit_cast<typename i32<A>::batch>(std::bit_cast<u32>(a.v) >> N)};
}

/// The same by n bits, known at run time.
template <class A>
LACUNA_INLINE i32<A> shr_by(i32<A> a, int n) {
  using u32 = typename detail::batch_of<A>::u32;
  return {std::bit_cast<typename i32<A>::batch>(std::bit_cast<u32>(a.v) >> n)};
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
