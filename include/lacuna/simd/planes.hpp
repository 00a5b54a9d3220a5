#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Bit planes: the 64 values of a row as 16 words, one for each bit, and arithmetic on words of several rows at once.
//
//   values  v0 v1 v2 ... v63     16 bits each          words<A>   lanes = rows: 16 (AVX-512), 4 (others)
//   plane b   bit l = bit b of v_l                     popcount(a), less(a, b), or_where, ...
//   first_bits(mask, n)   its n lowest
//
// What asks how many of 64 values have a bit costs one popcount then, whatever the values' width.
//
//   avx512   a square of 8 x 8 bits is one instruction (GFNI), 8 popcounts are one (VPOPCNTDQ)
//   avx2, sse2, avx512 without those   the bytes' signs, bit after bit (vpmovmskb, vpmovb2m)
//   neon     the signs by a sum of their weights       plain   the text

#include <bit>
#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/loop.hpp>
#include <lacuna/simd/registers.hpp>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

template <class A>
inline constexpr bool wide_words = LACUNA_AVX512_BITS&& std::is_same_v<A, avx512>;

// Bit l of the result: the sign of byte l.
template <class A>
LACUNA_INLINE std::uint64_t byte_signs(A, i32<A> v) {
  std::uint8_t in[4 * A::lanes];
  store_raw(in, v);
  std::uint64_t mask = 0;
  for (int l = 0; l < 4 * A::lanes; ++l) mask |= static_cast<std::uint64_t>(in[l] >> 7) << l;
  return mask;
}
// The lower (H = 0) or upper bytes of the 16-bit values of a, then of b.
template <int H, class A>
LACUNA_INLINE i32<A> half_bytes(A, i32<A> a, i32<A> b) {
  constexpr int n = 2 * A::lanes;
  std::uint16_t in[2 * n];
  std::uint8_t out[2 * n];
  store_raw(in, a);
  store_raw(in + n, b);
  for (int l = 0; l < 2 * n; ++l) out[l] = static_cast<std::uint8_t>(in[l] >> (8 * H) & 255);
  return load_raw<A>(out);
}

#if LACUNA_SSE2
LACUNA_INLINE std::uint64_t byte_signs(sse2, i32<sse2> v) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(v.v));
}
template <int H>
LACUNA_INLINE i32<sse2> half_bytes(sse2, i32<sse2> a, i32<sse2> b) {
  const auto half = [](__m128i v) LACUNA_LAMBDA {
    return H == 0 ? _mm_and_si128(v, _mm_set1_epi16(255)) : _mm_srli_epi16(v, 8);
  };
  return {_mm_packus_epi16(half(a.v), half(b.v))};
}
#endif
#if LACUNA_AVX2
LACUNA_INLINE std::uint64_t byte_signs(avx2, i32<avx2> v) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(v.v));
}
template <int H>
LACUNA_INLINE i32<avx2> half_bytes(avx2, i32<avx2> a, i32<avx2> b) {
  const auto half = [](__m256i v) LACUNA_LAMBDA {
    return H == 0 ? _mm256_and_si256(v, _mm256_set1_epi16(255)) : _mm256_srli_epi16(v, 8);
  };
  return {_mm256_permute4x64_epi64(_mm256_packus_epi16(half(a.v), half(b.v)), 0b11011000)};
}
#endif
#if LACUNA_AVX512
LACUNA_INLINE std::uint64_t byte_signs(avx512, i32<avx512> v) { return _mm512_movepi8_mask(v.v); }
// Each 64 bits hold the bytes of 8 neighbours; those of b follow those of a in every 128.
template <int H>
LACUNA_INLINE __m512i paired_bytes(__m512i a, __m512i b) {
  const auto half = [](__m512i v) LACUNA_LAMBDA {
    return H == 0 ? _mm512_and_si512(v, _mm512_set1_epi16(255)) : _mm512_maskz_srli_epi16(~0u, v, 8);
  };
  return _mm512_packus_epi16(half(a), half(b));
}
template <int H>
LACUNA_INLINE i32<avx512> half_bytes(avx512, i32<avx512> a, i32<avx512> b) {
  return {_mm512_maskz_permutexvar_epi64(255, _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0),
                                         paired_bytes<H>(a.v, b.v))};
}
#endif
#if LACUNA_NEON
LACUNA_INLINE std::uint64_t byte_signs(neon, i32<neon> v) {
  const uint8x16_t sign = vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_s32(v.v), 7));
  const uint8x8_t weight = vcreate_u8(0x8040201008040201u);
  const uint8x16_t bits = vandq_u8(sign, vcombine_u8(weight, weight));
  return static_cast<std::uint64_t>(vaddv_u8(vget_low_u8(bits))) |
         static_cast<std::uint64_t>(vaddv_u8(vget_high_u8(bits))) << 8;
}
template <int H>
LACUNA_INLINE i32<neon> half_bytes(neon, i32<neon> a, i32<neon> b) {
  const uint8x16_t x = vreinterpretq_u8_s32(a.v), y = vreinterpretq_u8_s32(b.v);
  return {vreinterpretq_s32_u8(H == 0 ? vuzp1q_u8(x, y) : vuzp2q_u8(x, y))};
}
#endif

#if LACUNA_AVX512_BITS
// The square of 8 x 8 words whose row t is r[t], by columns.
LACUNA_INLINE void transpose_words(__m512i (&r)[8]) {
  __m512i a[8], b[8];
  unroll<4>([&](auto i) LACUNA_LAMBDA {
    a[2 * i] = _mm512_maskz_unpacklo_epi64(255, r[2 * i], r[2 * i + 1]);
    a[2 * i + 1] = _mm512_maskz_unpackhi_epi64(255, r[2 * i], r[2 * i + 1]);
  });
  unroll<2>([&](auto i) LACUNA_LAMBDA {
    unroll<2>([&](auto odd) LACUNA_LAMBDA {
      b[4 * i + odd] = _mm512_maskz_shuffle_i64x2(255, a[4 * i + odd], a[4 * i + 2 + odd], 0x88);
      b[4 * i + 2 + odd] = _mm512_maskz_shuffle_i64x2(255, a[4 * i + odd], a[4 * i + 2 + odd], 0xdd);
    });
  });
  unroll<4>([&](auto i) LACUNA_LAMBDA {
    r[i] = _mm512_maskz_shuffle_i64x2(255, b[i], b[4 + i], 0x88);
    r[4 + i] = _mm512_maskz_shuffle_i64x2(255, b[i], b[4 + i], 0xdd);
  });
}

// Planes 8 H .. 8 H + 7 of 64 values of each of 8 rows, their words 16 apart.
template <int H>
LACUNA_INLINE void eight_planes(const std::uint16_t* rows, index_t stride, std::uint64_t* out) {
  constexpr auto pick = [](unsigned b) {  // byte b of the words whose bytes were paired
    std::uint64_t r = 0;
    for (unsigned c = 0; c < 8; ++c)
      r |= static_cast<std::uint64_t>(8 * (c < 4 ? 2 * c : 2 * c - 7) + b) << (8 * c);
    return static_cast<long long>(r);
  };
  const __m512i order =
      _mm512_set_epi64(pick(7), pick(6), pick(5), pick(4), pick(3), pick(2), pick(1), pick(0));
  // The product with the matrix of the data is its columns, with the rows in reverse; the second undoes that.
  const __m512i unit = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
  __m512i r[8];
  unroll<8>([&](auto t) LACUNA_LAMBDA {
    const std::uint16_t* const row = rows + t * stride;
    const __m512i bytes = paired_bytes<H>(_mm512_loadu_si512(row), _mm512_loadu_si512(row + 32));
    const __m512i columns = _mm512_gf2p8affine_epi64_epi8(unit, bytes, 0);
    r[t] = _mm512_maskz_permutexvar_epi8(~std::uint64_t{0}, order,
                                         _mm512_gf2p8affine_epi64_epi8(columns, unit, 0));
  });
  transpose_words(r);
  unroll<8>([&](auto b) LACUNA_LAMBDA { _mm512_storeu_si512(out + b * 16, r[b]); });
}
#endif

}  // namespace detail

/// A word of each of `lanes` rows.
template <class A>
struct words {
  static constexpr int lanes = 4;
  struct where {
    std::uint64_t lane[lanes];
  };
  std::uint64_t lane[lanes];

  template <class F>
  LACUNA_INLINE static words zip(words a, words b, F f) {
    words r;
    unroll<lanes>([&](auto l) LACUNA_LAMBDA { r.lane[l] = f(a.lane[l], b.lane[l]); });
    return r;
  }
  LACUNA_INLINE static words part(where w, words a) {
    unroll<lanes>([&](auto l) LACUNA_LAMBDA { a.lane[l] &= w.lane[l]; });
    return a;
  }
  LACUNA_INLINE static words load(const std::uint64_t* p) {
    words r;
    std::memcpy(r.lane, p, sizeof r.lane);
    return r;
  }
  LACUNA_INLINE void store(std::uint64_t* p) const { std::memcpy(p, lane, sizeof lane); }
  LACUNA_INLINE static words set(std::uint64_t x) {
    return zip({}, {}, [&](auto, auto) LACUNA_LAMBDA { return x; });
  }
  LACUNA_INLINE friend words operator&(words a, words b) {
    return zip(a, b, [](std::uint64_t x, std::uint64_t y) LACUNA_LAMBDA { return x & y; });
  }
  LACUNA_INLINE friend words operator+(words a, words b) {
    return zip(a, b, [](std::uint64_t x, std::uint64_t y) LACUNA_LAMBDA { return x + y; });
  }
  /// Where a < b, unsigned.
  LACUNA_INLINE friend where less(words a, words b) {
    where w;
    unroll<lanes>([&](auto l) LACUNA_LAMBDA { w.lane[l] = 0 - std::uint64_t{a.lane[l] < b.lane[l]}; });
    return w;
  }
  /// a | b in those rows, a in the others; likewise ^ and -.
  LACUNA_INLINE friend words or_where(where w, words a, words b) {
    return zip(a, part(w, b), [](std::uint64_t x, std::uint64_t y) LACUNA_LAMBDA { return x | y; });
  }
  LACUNA_INLINE friend words xor_where(where w, words a, words b) {
    return zip(a, part(w, b), [](std::uint64_t x, std::uint64_t y) LACUNA_LAMBDA { return x ^ y; });
  }
  LACUNA_INLINE friend words minus_where(where w, words a, words b) {
    return zip(a, part(w, b), [](std::uint64_t x, std::uint64_t y) LACUNA_LAMBDA { return x - y; });
  }
  LACUNA_INLINE friend words popcount(words a) {
    return zip(a, a, [](std::uint64_t x, std::uint64_t) LACUNA_LAMBDA {
      return static_cast<std::uint64_t>(simd::popcount(x));
    });
  }
};

#if LACUNA_AVX512_BITS
// Two registers: a step of a search takes 9 cycles from count to mask, and one register would wait for most of them.
template <>
struct words<avx512> {
  static constexpr int lanes = 16;
  struct where {
    __mmask8 m[2];
  };
  __m512i v[2];

  LACUNA_INLINE static words load(const std::uint64_t* p) {
    return {{_mm512_loadu_si512(p), _mm512_loadu_si512(p + 8)}};
  }
  LACUNA_INLINE void store(std::uint64_t* p) const {
    _mm512_storeu_si512(p, v[0]);
    _mm512_storeu_si512(p + 8, v[1]);
  }
  LACUNA_INLINE static words set(std::uint64_t x) {
    const __m512i all = _mm512_set1_epi64(static_cast<long long>(x));
    return {{all, all}};
  }
  LACUNA_INLINE friend words operator&(words a, words b) {
    return {{_mm512_and_si512(a.v[0], b.v[0]), _mm512_and_si512(a.v[1], b.v[1])}};
  }
  LACUNA_INLINE friend words operator+(words a, words b) {
    return {{_mm512_add_epi64(a.v[0], b.v[0]), _mm512_add_epi64(a.v[1], b.v[1])}};
  }
  LACUNA_INLINE friend where less(words a, words b) {
    return {{_mm512_cmplt_epu64_mask(a.v[0], b.v[0]), _mm512_cmplt_epu64_mask(a.v[1], b.v[1])}};
  }
  LACUNA_INLINE friend words or_where(where w, words a, words b) {
    return {{_mm512_mask_or_epi64(a.v[0], w.m[0], a.v[0], b.v[0]),
             _mm512_mask_or_epi64(a.v[1], w.m[1], a.v[1], b.v[1])}};
  }
  LACUNA_INLINE friend words xor_where(where w, words a, words b) {
    return {{_mm512_mask_xor_epi64(a.v[0], w.m[0], a.v[0], b.v[0]),
             _mm512_mask_xor_epi64(a.v[1], w.m[1], a.v[1], b.v[1])}};
  }
  LACUNA_INLINE friend words minus_where(where w, words a, words b) {
    return {{_mm512_mask_sub_epi64(a.v[0], w.m[0], a.v[0], b.v[0]),
             _mm512_mask_sub_epi64(a.v[1], w.m[1], a.v[1], b.v[1])}};
  }
  LACUNA_INLINE friend words popcount(words a) {
    return {{_mm512_popcnt_epi64(a.v[0]), _mm512_popcnt_epi64(a.v[1])}};
  }
};
#endif

/// The n lowest set bits of a mask, all of them if it has fewer; 0 <= n <= 64.
LACUNA_INLINE std::uint64_t first_bits(std::uint64_t mask, int n) {
#if LACUNA_SSE2 && defined(__BMI2__)
  return _pdep_u64(_bzhi_u64(~std::uint64_t{0}, static_cast<unsigned>(n)), mask);
#else
  // The longest prefix of the 64 positions with at most n of them, by halves.
  int length = 0, left = n;
  for (int step = 32; step > 0; step /= 2) {
    const int here = popcount(mask >> length & ((std::uint64_t{1} << step) - 1));
    const int take = here <= left ? -1 : 0;
    length += step & take;
    left -= here & take;
  }
  // 63 positions at most were looked at.
  const std::uint64_t last = left > 0 ? mask & std::uint64_t{1} << length : 0;
  return (mask & ((std::uint64_t{1} << length) - 1)) | last;
#endif
}

/// out[b * lanes + t], 0 <= b < 16: plane b of the 64 values at rows + t * stride, for the words<A>::lanes rows t.
template <class A>
LACUNA_INLINE void bit_planes(const std::uint16_t* rows, index_t stride, std::uint64_t* out) {
  constexpr int L = words<A>::lanes;
#if LACUNA_AVX512_BITS
  if constexpr (detail::wide_words<A>) {
    unroll<2>([&](auto half) LACUNA_LAMBDA {
      detail::eight_planes<0>(rows + 8 * half * stride, stride, out + 8 * half);
      detail::eight_planes<1>(rows + 8 * half * stride, stride, out + 8 * half + 8 * L);
    });
    return;
  }
#endif
  unroll<L>([&](auto t) LACUNA_LAMBDA {
    const std::uint16_t* const row = rows + t * stride;
    for (int b = 0; b < 16; ++b) out[b * L + t] = 0;
    for (int c = 0; c < 64; c += 4 * A::lanes) {
      const auto a = load_raw<A>(row + c), b = load_raw<A>(row + c + 2 * A::lanes);
      const auto low = detail::half_bytes<0>(A{}, a, b), high = detail::half_bytes<1>(A{}, a, b);
      unroll<8>([&](auto s) LACUNA_LAMBDA {
        out[(7 - s) * L + t] |= detail::byte_signs(A{}, shl<s>(low)) << c;
        out[(15 - s) * L + t] |= detail::byte_signs(A{}, shl<s>(high)) << c;
      });
    }
  });
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
