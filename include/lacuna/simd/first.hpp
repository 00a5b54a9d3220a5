#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The first n lanes of a register from and to memory, for the ends of arrays:
//
//   load_first<A>(p, 3)     p[0] p[1] p[2]  0  0  0  0  0
//
// No byte at or after p + n is read or written, so views may end anywhere. 0 <= n <= lanes is the caller's
// promise. AVX-512 and AVX2 (4-byte lanes) use masked moves; elsewhere the tail goes through the stack, so
// keep it out of loops.

#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The low n bits of a mask that has Lanes.
template <int Lanes>
LACUNA_INLINE std::uint64_t low_bits(index_t n) {
  if constexpr (Lanes < 64) return (std::uint64_t{1} << n) - 1;
  return n < 64 ? (std::uint64_t{1} << n) - 1 : ~std::uint64_t{0};
}

// A whole register's words, of which the first n values of Bytes bytes come from p. Constant trip counts: no
// memcpy call.
template <int Bytes, class A>
LACUNA_INLINE i32<A> raw_first(A, const void* p, index_t n) {
  constexpr int bytes = A::lanes * 4;
  unsigned char buffer[bytes] = {};
  for (int b = 0; b < bytes; b += Bytes)
    if (b < n * Bytes) std::memcpy(buffer + b, static_cast<const unsigned char*>(p) + b, Bytes);
  return load_raw<A>(buffer);
}
template <int Bytes, class A>
LACUNA_INLINE void raw_first(A, void* p, index_t n, i32<A> v) {
  constexpr int bytes = A::lanes * 4;
  unsigned char buffer[bytes];
  store_raw(buffer, v);
  for (int b = 0; b < bytes; b += Bytes)
    if (b < n * Bytes) std::memcpy(static_cast<unsigned char*>(p) + b, buffer + b, Bytes);
}

#if LACUNA_AVX2
LACUNA_INLINE __m256i lane_below(index_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
}
template <int Bytes>
requires(Bytes == 4) LACUNA_INLINE i32<avx2> raw_first(avx2, const void* p, index_t n) {
  return {_mm256_maskload_epi32(static_cast<const int*>(p), lane_below(n))};
}
template <int Bytes>
requires(Bytes == 4) LACUNA_INLINE void raw_first(avx2, void* p, index_t n, i32<avx2> v) {
  _mm256_maskstore_epi32(static_cast<int*>(p), lane_below(n), v.v);
}
#endif

#if LACUNA_AVX512
template <int Bytes>
LACUNA_INLINE i32<avx512> raw_first(avx512, const void* p, index_t n) {
  const std::uint64_t k = low_bits<64 / Bytes>(n);
  if constexpr (Bytes == 1) return {_mm512_maskz_loadu_epi8(k, p)};
  if constexpr (Bytes == 2) return {_mm512_maskz_loadu_epi16(static_cast<__mmask32>(k), p)};
  if constexpr (Bytes == 4) return {_mm512_maskz_loadu_epi32(static_cast<__mmask16>(k), p)};
}
template <int Bytes>
LACUNA_INLINE void raw_first(avx512, void* p, index_t n, i32<avx512> v) {
  const std::uint64_t k = low_bits<64 / Bytes>(n);
  if constexpr (Bytes == 1) _mm512_mask_storeu_epi8(p, k, v.v);
  if constexpr (Bytes == 2) _mm512_mask_storeu_epi16(p, static_cast<__mmask32>(k), v.v);
  if constexpr (Bytes == 4) _mm512_mask_storeu_epi32(p, static_cast<__mmask16>(k), v.v);
}
#endif

}  // namespace detail

/// The first n values of 1, 2 or 4 bytes from p, zeros after them; n <= A::lanes * 4 / Bytes.
template <int Bytes, class A>
LACUNA_INLINE i32<A> load_raw_first(const void* p, index_t n) {
  static_assert(Bytes == 1 || Bytes == 2 || Bytes == 4);
  return detail::raw_first<Bytes>(A{}, p, n);
}
template <int Bytes, class A>
LACUNA_INLINE void store_raw_first(void* p, index_t n, i32<A> v) {
  static_assert(Bytes == 1 || Bytes == 2 || Bytes == 4);
  detail::raw_first<Bytes>(A{}, p, n, v);
}

/// The first n <= A::lanes floats or integers from p, zeros after them.
template <class A>
LACUNA_INLINE f32<A> load_first(const float* p, index_t n) {
  return as_f32(load_raw_first<4, A>(p, n));
}
template <class A>
LACUNA_INLINE i32<A> load_first(const std::int32_t* p, index_t n) {
  return load_raw_first<4, A>(p, n);
}
template <class A>
LACUNA_INLINE void store_first(float* p, index_t n, f32<A> v) {
  store_raw_first<4>(p, n, as_i32(v));
}
template <class A>
LACUNA_INLINE void store_first(std::int32_t* p, index_t n, i32<A> v) {
  store_raw_first<4>(p, n, v);
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna
