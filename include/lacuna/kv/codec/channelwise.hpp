#pragma once
// SPDX-License-Identifier: BSL-1.0
// Keys of half bytes with a scale for each channel and 32 tokens, as KIVI (arXiv 2402.02750) keeps them: keys have
// channels that are ten times larger than the rest. channelwise<int4<32>>, channelwise<int4<32, bf16, asymmetric>>.
//
//   section   tiles [channel / 8][16 tokens] words (nibbles.hpp), then [token / 32][channel] scales, then zeros
//
// By page: a scale needs 32 tokens. Scales are folded into the queries, once for 32 tokens, and the products become
// bytes. (A page of 16 or 48 tokens ends in a group of 16.)
#include <lacuna/kv/codec/nibbles.hpp>

namespace lacuna {

template <class C>
struct channelwise {};

template <class C>
struct channelwise_key {
  using parts = detail::cell_parts<C>;
  using Scale = typename parts::scale;
  static constexpr std::size_t ahead = 8192;
  static constexpr int tiles = 2;  // scored at once

  LACUNA_INLINE constexpr std::size_t tile_bytes(kv_shape z) const {
    return static_cast<std::size_t>(z.width()) * 8;
  }
  LACUNA_INLINE static constexpr int groups(kv_shape z) { return (z.page + 31) / 32; }
  LACUNA_INLINE constexpr std::size_t section_bytes(kv_shape z) const { return cell(0, parts::parts, z); }
  LACUNA_INLINE constexpr std::size_t cell(int k, int part, kv_shape z) const {
    return tile_bytes(z) * static_cast<std::size_t>(z.tiles()) +
           static_cast<std::size_t>((part * groups(z) + k) * z.width()) * sizeof(Scale);
  }
  template <class A>
  void encode(A, std::byte* section, const float* rows, kv_shape z) const {
    for (int k = 0; k < groups(z); ++k) {
      const int tokens = z.page - 32 * k < 32 ? z.page - 32 * k : 32;
      for (int d = 0; d < z.width(); d += 8) {
        std::int8_t codes[32][8];
        for (int c = d; c < d + 8; ++c) {
          float column[32];
          for (int t = 0; t < tokens; ++t) column[t] = rows[(32 * k + t) * z.width() + c];
          const auto range = kernel::range_of<A>(column, tokens);
          const auto x = C::cell_for(range.low, range.high);
          std::int8_t code[32];
          kernel::codes_of<A>(column, C::scale_of(x), parts::zero(x), code, tokens);
          for (int t = 0; t < tokens; ++t) codes[t][c - d] = code[t];
          for (int p = 0; p < parts::parts; ++p) {
            const Scale y = parts::part(x, p);
            std::memcpy(section + cell(k, p, z) + static_cast<std::size_t>(c) * sizeof y, &y, sizeof y);
          }
        }
        for (int t = 0; t < tokens; ++t) {
          const std::uint32_t word = kernel::key_word(codes[t]);
          std::memcpy(section + tile_bytes(z) * static_cast<std::size_t>(2 * k + t / 16) + d * 8 + t % 16 * 4,
                      &word, 4);
        }
      }
    }
  }
  template <class A>
  void get(A, const std::byte* section, int t, float* row, kv_shape z) const {
    const std::byte* const tile = section + tile_bytes(z) * static_cast<std::size_t>(t / tile_tokens);
    for (int d = 0; d < z.width(); ++d) {
      row[d] = parts::decoded(
          kernel::key_code(tile + d / 8 * 64 + t % tile_tokens * 4, d), [&](int p) LACUNA_LAMBDA {
            return section + cell(t / 32, p, z) + static_cast<std::size_t>(d) * sizeof(Scale);
          });
    }
  }
  template <class A>
  void prepare(A, const float* q, int group, kv_shape z, query_form& f) const {
    std::memcpy(f.rows, q, static_cast<std::size_t>(group * z.width()) * sizeof(float));
    for (int g = 0; g < group; ++g)  // 0, or NaN if a query is not finite
      f.scale[g] = kernel::largest_finite<A>(q + g * z.width(), z.width()) * 0.0f;
  }
  /// The byte of query g and channel 0 for the tokens 32 k ... of the page.
  LACUNA_INLINE static int folded(int k, int g) { return (k * most_group + g) * most_head_dim; }

  /// Scales are widened once for all queries; what is not finite in them, too, is asked once, of all at once.
  template <class A>
  LACUNA_NOINLINE void fold(A, const std::byte* section, int group, kv_shape z, query_form& f) const {
    alignas(64) float scales[most_head_dim], x[most_head_dim];
    for (int k = 0; k < groups(z); ++k) {
      const auto* const stored = reinterpret_cast<const Scale*>(section + cell(k, 0, z));
      [[maybe_unused]] const auto* const zeros =
          reinterpret_cast<const Scale*>(section + cell(k, parts::has_zero, z));
      auto bad = simd::set16<A>(0);
      for (int d = 0; d < z.width(); d += 16) {
        const auto s = simd::load16<A>(stored + d);
        bad = fma(s, simd::set16<A>(0), bad);
        simd::store16(scales + d, s);
      }
      const float wrong = sum(bad);
      for (int g = 0; g < group; ++g) {
        const float* const q = f.rows + g * z.width();
        auto most = simd::set16<A>(0);
        for (int d = 0; d < z.width(); d += 16) {
          const auto y = simd::load16<A>(q + d) * simd::load16<A>(scales + d);
          most = max(most, abs(y));
          simd::store16(x + d, y);
        }
        const auto point = kernel::fixed_point_for(largest(most) + wrong + f.scale[g], 127.0f);
        const auto up = simd::set16<A>(point.up);
        auto bias = simd::set16_i32<A>(0);
        auto* const to = reinterpret_cast<std::int8_t*>(f.words) + folded(k, g);
        for (int d = 0; d < z.width(); d += 16) {
          const auto w = to_int(simd::load16<A>(x + d) * up);
          simd::store16_bytes(to + d, w);
          if constexpr (parts::has_zero)
            bias = bias + w * to_int(simd::load16<A>(zeros + d));
          else
            bias = bias + w;
        }
        const auto total = static_cast<std::int32_t>(sum(to_float(bias)));  // exact: below 2^24
        f.part_scale[k][g] = point.down;
        f.part_bias[k][g] = parts::has_zero ? total : 8 * total;
      }
    }
  }
  /// Two tiles share their scales: t is a multiple of 32 then.
  template <class A, int N, int G>
  LACUNA_INLINE void dot(A, const query_form& f, int g0, kv_shape z, int t, const std::byte* tile,
                         const std::byte* next, simd::f32x16<A> (&s)[N][G]) const {
    static_assert(N <= 2);
    const int k = t / 32;
    const auto* q = reinterpret_cast<const std::byte*>(f.words) + folded(k, g0);
    simd::i32x16<A> sum[2][N][G];
    simd::unroll<N * G>([&](auto i) LACUNA_LAMBDA {
      sum[0][i / G][i % G] = simd::set16_i32<A>(-f.part_bias[k][g0 + i % G]);
      clear(sum[1][i / G][i % G]);
    });
    for (int d = 0; d < z.width(); d += 8, tile += 64, next += 64 * N) {
      simd::unroll<N>([&](auto n) LACUNA_LAMBDA { kernel::ask(next + 64 * n); });
      kernel::add_nibbles<4>(tile, tile_bytes(z), q + d, most_head_dim, sum);
    }
    simd::unroll<N * G>([&](auto i) LACUNA_LAMBDA {
      s[i / G][i % G] =
          to_float(sum[0][i / G][i % G] + sum[1][i / G][i % G]) * simd::set16<A>(f.part_scale[k][g0 + i % G]);
    });
  }
};

template <class Scale, class Zero>
struct kv_codec_of<channelwise<int4<32, Scale, Zero>>> {
  using key = channelwise_key<int4<32, Scale, Zero>>;
};

}  // namespace lacuna
