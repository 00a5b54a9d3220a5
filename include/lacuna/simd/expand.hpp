#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// From packed values to their places and back, by a mask whose bit l says that lane l is stored:
//
//   v       a b c d . . . .          mask   bits 1, 2, 4, 7
//   expand  0 a b 0 c 0 0 d          compress(expand(v)) = a b c d 0 0 0 0
//
// Mask bits at and above the number of lanes are ignored. The raw forms move values of 4, 2 or 1 bytes, so up
// to 64 of them.
//
//   avx512   vpexpand*, vpcompress* (1 and 2 bytes: VBMI2; without it widened to 4 bytes, 16 at a time)
//   avx2     8 mask bits pick a permutation from a table of 2 KB
//   others   the plain text
//
// The register to expand into is fresh_zero (registers.hpp), which saves a factor of 3.5.

#include <array>
#include <cstdint>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/loop.hpp>
#include <lacuna/simd/registers.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The plain text; it has no branch on the mask.
template <int Bytes, class A>
LACUNA_INLINE i32<A> expand(A, i32<A> v, std::uint64_t mask) {
  constexpr unsigned count = A::lanes * 4 / Bytes;
  word<Bytes> in[count], out[count];
  store_raw(in, v);
  for (unsigned l = 0, n = 0; l < count; ++l) {
    const unsigned bit = static_cast<unsigned>(mask >> l) & 1u;
    out[l] = static_cast<word<Bytes>>(in[n % count] & (0u - bit));
    n += bit;
  }
  return load_raw<A>(out);
}
template <int Bytes, class A>
LACUNA_INLINE i32<A> compress(A, i32<A> v, std::uint64_t mask) {
  constexpr unsigned count = A::lanes * 4 / Bytes;
  word<Bytes> in[count], out[count + 1] = {};
  store_raw(in, v);
  unsigned n = 0;
  for (unsigned l = 0; l < count; ++l) {
    out[n] = in[l];
    n += static_cast<unsigned>(mask >> l) & 1u;
  }
  out[n] = 0;
  return load_raw<A>(out);
}

#if LACUNA_AVX2
// Byte l of expand[m]: which packed value lane l takes; of compress[m]: which lane the l-th packed value
// comes from. 0x80, a shuffle's "zero", where there is none.
struct mask_tables {
  std::array<std::uint64_t, 256> expand{}, compress{};
};
constexpr mask_tables make_mask_tables() {
  mask_tables t;
  for (unsigned m = 0; m < 256; ++m) {
    unsigned n = 0;
    for (unsigned l = 0; l < 8; ++l) {
      const bool stored = (m >> l & 1u) != 0;
      t.expand[m] |= std::uint64_t{stored ? n : 0x80u} << (8 * l);
      if (stored) t.compress[m] |= std::uint64_t{l} << (8 * n++);
    }
    for (; n < 8; ++n) t.compress[m] |= std::uint64_t{0x80} << (8 * n);
  }
  return t;
}
inline constexpr mask_tables tables = make_mask_tables();

// expand[m] as a shuffle of 8 values of 2 bytes: 4 KB, where four instructions would make it of a row.
struct pair_tables {
  alignas(16) std::array<std::array<unsigned char, 16>, 256> expand{};
};
constexpr pair_tables make_pair_tables() {
  pair_tables t;
  for (unsigned m = 0; m < 256; ++m)
    for (unsigned l = 0; l < 8; ++l) {
      const unsigned i = static_cast<unsigned>(tables.expand[m] >> (8 * l)) & 0xffu;
      t.expand[m][2 * l] = static_cast<unsigned char>(i == 0x80u ? i : 2 * i);
      t.expand[m][2 * l + 1] = static_cast<unsigned char>(i == 0x80u ? i : 2 * i + 1);
    }
  return t;
}
inline constexpr pair_tables pair_shuffles = make_pair_tables();

// A row of the table as a shuffle of 8 values of 1 byte ...
LACUNA_INLINE __m128i shuffle8(std::uint64_t row) { return _mm_cvtsi64_si128(static_cast<long long>(row)); }
// ... of 2 bytes: index i becomes 2i, 2i + 1 (saturating addition keeps the "zero" bit) ...
LACUNA_INLINE __m128i shuffle16(std::uint64_t row) {
  const __m128i i = shuffle8(row), pair = _mm_unpacklo_epi8(i, i);
  return _mm_or_si128(_mm_adds_epu8(pair, pair), _mm_set1_epi16(0x0100));
}
// ... and applied to 8 lanes of 4 bytes.
LACUNA_INLINE __m256i permute32(__m256i v, std::uint64_t row) {
  const __m256i i = _mm256_cvtepi8_epi32(shuffle8(row));
  return _mm256_andnot_si256(_mm256_srai_epi32(i, 31), _mm256_permutevar8x32_epi32(v, i));
}

LACUNA_INLINE __m128i load8(const unsigned char* p) {
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
}
LACUNA_INLINE __m128i load16(const unsigned char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

// Each slice of 8 mask bits starts at another packed value: from memory, which shifts by any amount.
template <int Bytes>
LACUNA_INLINE i32<avx2> expand_slices(const unsigned char* in, std::uint64_t mask) {
  const std::uint64_t first = mask & 255, second = mask >> 8 & 255;
  const int n = popcount(first);
  if constexpr (Bytes == 2) {
    const __m128i lo = _mm_shuffle_epi8(load16(in), load16(pair_shuffles.expand[first].data()));
    const __m128i hi = _mm_shuffle_epi8(load16(in + 2 * n), load16(pair_shuffles.expand[second].data()));
    return {_mm256_set_m128i(hi, lo)};
  } else {
    const std::uint64_t third = mask >> 16 & 255, fourth = mask >> 24 & 255;
    const int n2 = popcount(mask & 0xffff), n3 = popcount(mask & 0xffffff);
    const __m128i a = _mm_shuffle_epi8(load8(in), shuffle8(tables.expand[first]));
    const __m128i b = _mm_shuffle_epi8(load8(in + n), shuffle8(tables.expand[second]));
    const __m128i c = _mm_shuffle_epi8(load8(in + n2), shuffle8(tables.expand[third]));
    const __m128i d = _mm_shuffle_epi8(load8(in + n3), shuffle8(tables.expand[fourth]));
    return {_mm256_set_m128i(_mm_unpacklo_epi64(c, d), _mm_unpacklo_epi64(a, b))};
  }
}
template <int Bytes>
LACUNA_INLINE i32<avx2> compress_slices(i32<avx2> v, std::uint64_t mask) {
  // Slices are stored in order, each over the zeros that end the one before.
  alignas(32) unsigned char in[32], out[32] = {};
  store_raw(in, v);
  int n = 0;
  for (int slice = 0; slice < 4 / Bytes; ++slice) {
    const std::uint64_t m = mask >> (8 * slice) & 255, row = tables.compress[m];
    auto* const to = reinterpret_cast<__m128i*>(out + n * Bytes);
    if constexpr (Bytes == 2)
      _mm_storeu_si128(to, _mm_shuffle_epi8(load16(in + 16 * slice), shuffle16(row)));
    else
      _mm_storel_epi64(to, _mm_shuffle_epi8(load8(in + 8 * slice), shuffle8(row)));
    n += popcount(m);
  }
  return load_raw<avx2>(out);
}

template <int Bytes>
LACUNA_INLINE i32<avx2> expand(avx2, i32<avx2> v, std::uint64_t mask) {
  if constexpr (Bytes == 4)
    return {permute32(v.v, tables.expand[mask & 255])};
  else {
    alignas(32) unsigned char in[32];
    store_raw(in, v);
    return expand_slices<Bytes>(in, mask);
  }
}
template <int Bytes>
LACUNA_INLINE i32<avx2> compress(avx2, i32<avx2> v, std::uint64_t mask) {
  if constexpr (Bytes == 4)
    return {permute32(v.v, tables.compress[mask & 255])};
  else
    return compress_slices<Bytes>(v, mask);
}
#endif

#if LACUNA_AVX512
LACUNA_INLINE __m512i expand32(__m512i v, std::uint64_t mask) {
  return _mm512_mask_expand_epi32(fresh_zero(avx512{}), static_cast<__mmask16>(mask), v);
}
LACUNA_INLINE __m512i compress32(__m512i v, std::uint64_t mask) {
  return _mm512_mask_compress_epi32(fresh_zero(avx512{}), static_cast<__mmask16>(mask), v);
}

#  if !LACUNA_AVX512_VBMI2
// 16 values of 1 or 2 bytes at p to lanes of 4 bytes and back.
template <int Bytes>
LACUNA_INLINE __m512i widen16(const unsigned char* p) {
  if constexpr (Bytes == 1)
    return _mm512_cvtepu8_epi32(load16(p));
  else
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
template <int Bytes>
LACUNA_INLINE void narrow16(unsigned char* p, __m512i v) {
  if constexpr (Bytes == 1)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(v));
  else
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(v));
}
template <int Bytes>
LACUNA_INLINE i32<avx512> expand_slices(i32<avx512> v, std::uint64_t mask) {
  alignas(64) unsigned char in[64], out[64];
  store_raw(in, v);
  for (int slice = 0, n = 0; slice < 4 / Bytes; ++slice) {
    const std::uint64_t m = mask >> (16 * slice) & 0xffff;
    narrow16<Bytes>(out + 16 * Bytes * slice, expand32(widen16<Bytes>(in + n * Bytes), m));
    n += popcount(m);
  }
  return load_raw<avx512>(out);
}
template <int Bytes>
LACUNA_INLINE i32<avx512> compress_slices(i32<avx512> v, std::uint64_t mask) {
  alignas(64) unsigned char in[64], out[64] = {};
  store_raw(in, v);
  for (int slice = 0, n = 0; slice < 4 / Bytes; ++slice) {
    const std::uint64_t m = mask >> (16 * slice) & 0xffff;
    narrow16<Bytes>(out + n * Bytes, compress32(widen16<Bytes>(in + 16 * Bytes * slice), m));
    n += popcount(m);
  }
  return load_raw<avx512>(out);
}
#  endif

template <int Bytes>
LACUNA_INLINE i32<avx512> expand(avx512, i32<avx512> v, std::uint64_t mask) {
  if constexpr (Bytes == 4) return {expand32(v.v, mask)};
#  if LACUNA_AVX512_VBMI2
  else if constexpr (Bytes == 2)
    return {_mm512_mask_expand_epi16(fresh_zero(avx512{}), static_cast<__mmask32>(mask), v.v)};
  else
    return {_mm512_mask_expand_epi8(fresh_zero(avx512{}), mask, v.v)};
#  else
  else
    return expand_slices<Bytes>(v, mask);
#  endif
}
template <int Bytes>
LACUNA_INLINE i32<avx512> compress(avx512, i32<avx512> v, std::uint64_t mask) {
  if constexpr (Bytes == 4) return {compress32(v.v, mask)};
#  if LACUNA_AVX512_VBMI2
  else if constexpr (Bytes == 2)
    return {_mm512_mask_compress_epi16(fresh_zero(avx512{}), static_cast<__mmask32>(mask), v.v)};
  else
    return {_mm512_mask_compress_epi8(fresh_zero(avx512{}), mask, v.v)};
#  else
  else
    return compress_slices<Bytes>(v, mask);
#  endif
}
#endif

}  // namespace detail

/// Values of Bytes = 4, 2 or 1 bytes, packed from the start of v, to the places whose mask bits are set;
/// zeros elsewhere.
template <int Bytes, class A>
LACUNA_INLINE i32<A> expand_raw(i32<A> v, std::uint64_t mask) {
  static_assert(Bytes == 1 || Bytes == 2 || Bytes == 4);
  return detail::expand<Bytes>(A{}, v, mask);
}
/// The same of the values at p, of which a register is read. AVX2 expands 1 and 2 bytes from memory only: a register
/// went there and back, which took a product of one token 4.5 and 3 times as long.
template <int Bytes, class A, class T>
LACUNA_INLINE i32<A> expand_from(const T* p, std::uint64_t mask) {
#if LACUNA_AVX2
  if constexpr (std::is_same_v<A, avx2> && Bytes < 4)
    return detail::expand_slices<Bytes>(reinterpret_cast<const unsigned char*>(p), mask);
  else
#endif
    return expand_raw<Bytes>(load_raw<A>(p), mask);
}
/// The values whose mask bits are set, packed to the start; zeros after them.
template <int Bytes, class A>
LACUNA_INLINE i32<A> compress_raw(i32<A> v, std::uint64_t mask) {
  static_assert(Bytes == 1 || Bytes == 2 || Bytes == 4);
  return detail::compress<Bytes>(A{}, v, mask);
}

/// The same for floats: lane l gets v[popcount(mask & ((1 << l) - 1))] if bit l is set, else 0.
template <class A>
LACUNA_INLINE f32<A> expand(f32<A> v, std::uint64_t mask) {
  return as_f32(expand_raw<4>(as_i32(v), mask));
}
template <class A>
LACUNA_INLINE f32<A> compress(f32<A> v, std::uint64_t mask) {
  return as_f32(compress_raw<4>(as_i32(v), mask));
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
