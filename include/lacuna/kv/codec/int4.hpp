#pragma once
// SPDX-License-Identifier: BSL-1.0
// Caches of half bytes with a scale for each token and 32 channels: int4<32>, int4<32, f16, asymmetric>.
//
//   key tile       [channel / 8][16 tokens] words (nibbles.hpp), then [group][16] scales, then as many zeros if asymmetric
//   value section  panels [token / 8][64 or 16 channels] words, then [group][token] scales, then zeros
//                  a value word: tokens 2j, 2j + 1 are its half bytes j, j + 4, so (x >> 4j) & 0x000f000f is a pair
//
// Queries of keys become bytes, weights of values 16-bit integers times the scale of their token and group.
#include <lacuna/kv/codec/nibbles.hpp>

namespace lacuna {

/// Keys of C = int4<32, ...>.
template <class C>
struct int4_key {
  using parts = detail::cell_parts<C>;
  using Scale = typename parts::scale;
  static constexpr std::size_t ahead = 8192;
  static constexpr int tiles = 2;  // scored at once

  LACUNA_INLINE constexpr std::size_t tile_bytes(kv_shape z) const {
    return static_cast<std::size_t>(z.width()) * 8 +
           static_cast<std::size_t>(kernel::channel_groups(z) * 16 * parts::parts) * sizeof(Scale);
  }
  LACUNA_INLINE constexpr std::size_t section_bytes(kv_shape z) const {
    return tile_bytes(z) * static_cast<std::size_t>(z.tiles());
  }
  /// Where part 0 (scale) or 1 (zero) of group k of lane 0 lies in a tile.
  LACUNA_INLINE static std::size_t cell(int k, int part, kv_shape z) {
    return static_cast<std::size_t>(z.width()) * 8 +
           static_cast<std::size_t>((part * kernel::channel_groups(z) + k) * 16) * sizeof(Scale);
  }
  template <class A>
  void put(A, std::byte* section, int t, const float* row, kv_shape z) const {
    const int lane = t % tile_tokens;
    std::byte* const tile = section + tile_bytes(z) * static_cast<std::size_t>(t / tile_tokens);
    std::int8_t codes[most_head_dim];
    for (int k = 0; k < kernel::channel_groups(z); ++k) {
      const int first = kernel::group_first(k, z), wide = kernel::group_width(k, z);
      const auto range = kernel::range_of<A>(row + first, wide);
      const auto c = C::cell_for(range.low, range.high);
      kernel::codes_of<A>(row + first, C::scale_of(c), parts::zero(c), codes + first, wide);
      for (int p = 0; p < parts::parts; ++p) {
        const Scale x = parts::part(c, p);
        std::memcpy(tile + cell(k, p, z) + static_cast<std::size_t>(lane) * sizeof x, &x, sizeof x);
      }
    }
    for (int d = 0; d < z.width(); d += 8) {
      const std::uint32_t word = kernel::key_word(codes + d);
      std::memcpy(tile + d * 8 + lane * 4, &word, 4);
    }
  }
  template <class A>
  void get(A, const std::byte* section, int t, float* row, kv_shape z) const {
    const int lane = t % tile_tokens;
    const std::byte* const tile = section + tile_bytes(z) * static_cast<std::size_t>(t / tile_tokens);
    for (int d = 0; d < z.width(); ++d)
      row[d] = parts::decoded(kernel::key_code(tile + d / 8 * 64 + lane * 4, d), [&](int p) LACUNA_LAMBDA {
        return tile + cell(kernel::group_of(d, z), p, z) + static_cast<std::size_t>(lane) * sizeof(Scale);
      });
  }
  template <class A>
  void prepare(A, const float* q, int group, kv_shape z, query_form& f) const {
    const int words = z.width() / 4;
    for (int g = 0; g < group; ++g) {
      const float* const row = q + g * z.width();
      const auto point = kernel::fixed_point_for(kernel::largest_finite<A>(row, z.width()), 127.0f);
      f.scale[g] = point.down;
      std::int8_t codes[most_head_dim];
      for (int d = 0; d < z.width(); d += 16)
        simd::store16_bytes(codes + d, to_int(simd::load16<A>(row + d) * simd::set16<A>(point.up)));
      std::memcpy(f.in_order + g * words, codes, static_cast<std::size_t>(z.width()));
      for (int k = 0; k < kernel::channel_groups(z); ++k) {
        int total = 0;
        for (int d = 0; d < kernel::group_width(k, z); ++d) total += codes[kernel::group_first(k, z) + d];
        f.rows[g * most_head_dim + k] = static_cast<float>(total);
      }
    }
    kernel::interleave<A>(group, words,
                          [&](int g, int w, int at) { f.words[at] = f.in_order[g * words + w]; });
  }
  template <class A, int N, int G>
  LACUNA_INLINE void dot(A, const query_form& f, int g0, kv_shape z, int, const std::byte* tile,
                         const std::byte* next, simd::f32x16<A> (&s)[N][G]) const {
    const auto* q = reinterpret_cast<const std::byte*>(f.words + g0 * (z.width() / 4));
    const std::byte* words = tile;
    simd::unroll<N * G>([&](auto i) LACUNA_LAMBDA { clear(s[i / G][i % G]); });
    for (int k = 0; k < kernel::channel_groups(z); ++k) {
      simd::i32x16<A> sum[2][N][G];
      simd::unroll<2 * N * G>([&](auto i) LACUNA_LAMBDA { clear(sum[i / (N * G)][i / G % N][i % G]); });
      const auto add = [&](auto count) LACUNA_LAMBDA {
        simd::unroll<count>([&](auto w) LACUNA_LAMBDA {
          simd::unroll<N>([&](auto n) LACUNA_LAMBDA { kernel::ask(next + 64 * (w * N + n)); });
          kernel::add_nibbles<4 * G>(words + 64 * w, tile_bytes(z), q + w * 8 * G, 4, sum);
        });
        words += 64 * count, next += 64 * count * N, q += 8 * G * count;
      };
      if (k < kernel::wide_groups(z))
        add(std::integral_constant<int, 4>{});
      else
        add(std::integral_constant<int, 2>{});
      simd::unroll<N>([&](auto n) LACUNA_LAMBDA {
        const std::byte* const one = tile + n * tile_bytes(z);
        const auto scale = simd::load16<A>(reinterpret_cast<const Scale*>(one + cell(k, 0, z)));
        auto zero = simd::set16<A>(8);
        if constexpr (parts::has_zero)
          zero = simd::load16<A>(reinterpret_cast<const Scale*>(one + cell(k, 1, z)));
        simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
          const auto offset = zero * simd::set16<A>(f.rows[(g0 + g) * most_head_dim + k]);
          s[n][g] = fma(to_float(sum[0][n][g] + sum[1][n][g]) - offset, scale, s[n][g]);
        });
      });
    }
    for (std::size_t b = 0; b < N * (tile_bytes(z) - static_cast<std::size_t>(words - tile)); b += 64)
      kernel::ask(next + b);
    simd::unroll<N * G>([&](auto i) LACUNA_LAMBDA {
      s[i / G][i % G] = s[i / G][i % G] * simd::set16<A>(f.scale[g0 + i % G]);
    });
  }
};

/// Values of C = int4<32, ...>.
template <class C>
struct int4_value {
  using parts = detail::cell_parts<C>;
  using Scale = typename parts::scale;
  template <class A>
  using sums = simd::i32x16<A>;
  static constexpr std::size_t ahead = 8192;
  static constexpr int unit_rows = tile_tokens;
  static constexpr bool weights_per_panel = true;  // a scale for each token and 32 channels
  static constexpr float top = 32767;              // 15 * 32767 * 1024 tokens < 2^31

  LACUNA_INLINE constexpr std::size_t section_bytes(kv_shape z) const { return cell(0, parts::parts, z); }
  LACUNA_INLINE static constexpr std::size_t cell(int k, int part, kv_shape z) {
    return static_cast<std::size_t>(z.page * z.width()) / 2 +
           static_cast<std::size_t>((part * kernel::channel_groups(z) + k) * z.page) * sizeof(Scale);
  }
  LACUNA_INLINE const std::byte* panel(const std::byte* section, int p, kv_shape z) const {
    return section + z.page * z.panel_first(p) / 2;
  }
  LACUNA_INLINE std::size_t unit_bytes(int p, kv_shape z) const {
    return static_cast<std::size_t>(unit_rows * z.panel_width(p)) / 2;
  }
  LACUNA_INLINE static int word(int t, int channel, kv_shape z) {  // its first byte
    const int p = z.panel_of(channel), first = z.panel_first(p);
    return z.page * first / 2 + (t / 8 * z.panel_width(p) + channel - first) * 4;
  }
  LACUNA_INLINE static int shift(int t) { return t / 2 % 4 * 4 + t % 2 * 16; }

  template <class A>
  void put(A, std::byte* section, int t, const float* row, kv_shape z) const {
    for (int k = 0; k < kernel::channel_groups(z); ++k) {
      const int first = kernel::group_first(k, z), wide = kernel::group_width(k, z);
      const auto range = kernel::range_of<A>(row + first, wide);
      const auto c = C::cell_for(range.low, range.high);
      std::int8_t codes[32];
      kernel::codes_of<A>(row + first, C::scale_of(c), parts::zero(c), codes, wide);
      for (int p = 0; p < parts::parts; ++p) {
        const Scale x = parts::part(c, p);
        std::memcpy(section + cell(k, p, z) + static_cast<std::size_t>(t) * sizeof x, &x, sizeof x);
      }
      for (int d = 0; d < wide; ++d) {
        std::byte* const at = section + word(t, first + d, z) + shift(t) / 8;
        const int down = shift(t) % 8;
        *at = (*at & ~(std::byte{15} << down)) | static_cast<std::byte>(codes[d] & 15) << down;
      }
    }
  }
  template <class A>
  void get(A, const std::byte* section, int t, float* row, kv_shape z) const {
    for (int d = 0; d < z.width(); ++d) {
      const auto code = static_cast<int>(
          static_cast<std::uint32_t>(kernel::int_at(section + word(t, d, z))) >> shift(t) & 15u);
      row[d] = parts::decoded(code, [&](int p) LACUNA_LAMBDA {
        return section + cell(kernel::group_of(d, z), p, z) + static_cast<std::size_t>(t) * sizeof(Scale);
      });
    }
  }
  /// Asks for the scales, which prepare reads for all pages at once.
  template <class A>
  LACUNA_INLINE void touch(A, const std::byte* section, kv_shape z) const {
    for (std::size_t b = cell(0, 0, z); b < section_bytes(z); b += 64) simd::prefetch(section + b);
  }
  template <class A>
  void prepare(A, int group, const std::byte* const* pages, int count, int panel, kv_shape z,
               weight_form& f) const {
    const int first = kernel::group_of(z.panel_first(panel), z), groups = z.panel_width(panel) == 64 ? 2 : 1;
    for (int k = 0; k < groups; ++k) {
      for (int i = 0; i < count; ++i)
        for (int t = 0; t < z.page; t += 16) {
          const auto at = [&](int p) {
            return reinterpret_cast<const Scale*>(pages[i] + cell(first + k, p, z)) + t;
          };
          simd::store16(f.token_scale + i * z.page + t, simd::load16<A>(at(0)));
          if constexpr (parts::has_zero) simd::store16(f.token_zero + i * z.page + t, simd::load16<A>(at(1)));
        }
      kernel::fold_token_scales<A>(group, count * z.page, top, parts::has_zero ? f.token_zero : nullptr, 8, k,
                                   f);
    }
  }
  template <class A, int NV, int G>
  LACUNA_INLINE void axpy(A, const weight_form& f, int g0, int t0, int rows, const std::byte* v,
                          const std::byte* next, sums<A> (&acc)[NV][G]) const {
    constexpr int stride = chunk_tokens * 2;
    const auto low = simd::set16_i32<A>(0x000f000f);
    for (int t = 0; t < rows; t += 8)
      simd::unroll<NV>([&](auto j) LACUNA_LAMBDA {
        const auto* w = reinterpret_cast<const std::byte*>(f.words[j / 2][g0]) + (t0 + t) * 2;
        kernel::ask(next);
        const auto x = simd::load16_raw<A>(v);
        v += 64, next += 64;
        simd::unroll<4>([&](auto i) LACUNA_LAMBDA {
          const auto pair = simd::shr16<4 * i>(x) & low;
          simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
            acc[j][g] = dot_i16(acc[j][g], pair, simd::set16_i32<A>(kernel::int_at(w + g * stride + i * 4)));
          });
        });
      });
  }
  template <class A>
  LACUNA_INLINE simd::f32x16<A> result(A, simd::i32x16<A> acc, const weight_form& f, int g, int j) const {
    return to_float(acc - simd::set16_i32<A>(f.bias[j / 2][g])) * simd::set16<A>(f.scale[j / 2][g]);
  }
};

template <class Scale, class Zero>
struct kv_codec_of<int4<32, Scale, Zero>> {
  using key = int4_key<int4<32, Scale, Zero>>;
  using value = int4_value<int4<32, Scale, Zero>>;
};

}  // namespace lacuna
