#pragma once
// SPDX-License-Identifier: BSL-1.0
// What 4-bit caches share: codes 0 .. 15 with a scale and the code of zero, 8 symmetric, and words of eight of them.
//
//   value = (code - zero) * scale         key word of 8 channels: byte b = channel b | channel 4 + b << 4
#include <lacuna/codec/int4.hpp>
#include <lacuna/kv/codec/int8.hpp>

namespace lacuna {
namespace detail {

/// How a cell of codec C = int4<32, Scale, Zero> lies in a cache: the scale, and the code of zero if it has one, each
/// as a Scale.
template <class C>
struct cell_parts;
template <class Scale, class Zero>
struct cell_parts<int4<32, Scale, Zero>> {
  using scale = Scale;
  using codes = int4<32, Scale, Zero>;
  static constexpr bool has_zero = codes::has_zero;
  static constexpr int parts = has_zero ? 2 : 1;
  LACUNA_INLINE static float zero(const typename codes::cell& c) { return has_zero ? codes::zero_of(c) : 8; }
  LACUNA_INLINE static Scale part(const typename codes::cell& c, int k) {
    if constexpr (has_zero)
      return k == 0 ? c.scale : c.zero;
    else
      return (void)k, c;
  }
  /// What a stored code means; part k of its cell lies at(k).
  template <class Code, class At>
  LACUNA_INLINE static float decoded(Code code, const At& at) {
    Scale part[2] = {Scale{}, Scale(8.0f)};
    for (int k = 0; k < parts; ++k) std::memcpy(part + k, at(k), sizeof(Scale));
    return (static_cast<float>(code) - part[1]) * part[0];
  }
};

}  // namespace detail

inline namespace LACUNA_ARCH {
namespace kernel {

LACUNA_INLINE constexpr int wide_groups(kv_shape z) { return z.width() / 64 * 2; }
/// Groups of 32 channels; each 16 channels past the last 64 are a group of their own.
LACUNA_INLINE constexpr int channel_groups(kv_shape z) { return wide_groups(z) + z.width() % 64 / 16; }
LACUNA_INLINE constexpr int group_first(int k, kv_shape z) {
  return k < wide_groups(z) ? 32 * k : 32 * wide_groups(z) + 16 * (k - wide_groups(z));
}
LACUNA_INLINE constexpr int group_width(int k, kv_shape z) { return k < wide_groups(z) ? 32 : 16; }
LACUNA_INLINE constexpr int group_of(int channel, kv_shape z) {
  const int wide = wide_groups(z);
  return channel < 32 * wide ? channel / 32 : wide + (channel - 32 * wide) / 16;
}

/// The smallest (at most 0) and largest (at least 0) of n floats, a multiple of 16; NaN if any is not finite.
struct value_range {
  float low, high;
};
template <class A>
LACUNA_INLINE value_range range_of(const float* x, int n) {
  auto low = simd::set16<A>(0), high = low, bad = low;
  for (int i = 0; i < n; i += 16) {
    const auto v = simd::load16<A>(x + i);
    low = min(low, v);
    high = max(high, v);
    bad = fma(v, simd::set16<A>(0), bad);
  }
  const float wrong = sum(bad);
  return {-largest(simd::set16<A>(0) - low) + wrong, largest(high) + wrong};
}
/// Codes 0 .. 15 of n values, a multiple of 16.
template <class A>
LACUNA_INLINE void codes_of(const float* x, float scale, float zero, std::int8_t* codes, int n) {
  const auto step = simd::set16<A>(scale > 0 ? scale : 1.0f), z = simd::set16<A>(zero);
  for (int i = 0; i < n; i += 16) {
    const auto q = to_float(to_int(simd::load16<A>(x + i) / step)) + z;
    simd::store16_bytes(codes + i, to_int(min(simd::set16<A>(15), max(simd::set16<A>(0), q))));
  }
}
/// Eight codes of neighbouring channels as a key word.
LACUNA_INLINE std::uint32_t key_word(const std::int8_t* codes) {
  std::uint32_t low, high;
  std::memcpy(&low, codes, 4);
  std::memcpy(&high, codes + 4, 4);
  return (low & 0x0f0f0f0fu) | (high & 0x0f0f0f0fu) << 4;
}
LACUNA_INLINE int key_code(const std::byte* word, int channel) {
  const int e = channel % 8;
  return static_cast<int>(static_cast<std::uint32_t>(int_at(word)) >> (8 * (e % 4) + 4 * (e / 4)) & 15u);
}

/// sum[0..1][n][g] += eight channels of 16 tokens of tile n times bytes of the queries, at q and q + Next.
template <int Next, class A, int N, int G>
LACUNA_INLINE void add_nibbles(const std::byte* words, std::size_t tile_bytes, const std::byte* q,
                               int query_stride, simd::i32x16<A> (&sum)[2][N][G]) {
  const auto low = simd::set16_i32<A>(0x0f0f0f0f);
  simd::unroll<N>([&](auto n) LACUNA_LAMBDA {
    const auto x = simd::load16_raw<A>(words + n * tile_bytes);
    const auto lo = x & low, hi = simd::shr16<4>(x) & low;
    simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
      const std::byte* const at = q + g * query_stride;
      sum[0][n][g] = dot_u8i8(sum[0][n][g], lo, simd::set16_i32<A>(int_at(at)));
      sum[1][n][g] = dot_u8i8(sum[1][n][g], hi, simd::set16_i32<A>(int_at(at + Next)));
    });
  });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
