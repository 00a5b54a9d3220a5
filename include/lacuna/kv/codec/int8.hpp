#pragma once
// SPDX-License-Identifier: BSL-1.0
// Caches of bytes with one scale for each token and head: int8<>, int8<per_row, float>.
//
//   key tile       [channel / 2][16 tokens][2 channels] bytes, then 16 scales
//   value section  panels [token / 2][64 or 16 channels][2 tokens] bytes, then a scale for each token
//
// Codes are those of codec/int8.hpp. Queries and weights become 16-bit integers, so products are exact integers:
// 127 * 32767 * 512 channels and 127 * 16383 * 1024 tokens fit 31 bits. A row that is not finite reads back as NaN.
#include <lacuna/codec/int8.hpp>
#include <lacuna/kv/codec/codec.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The largest |x| of n floats, a multiple of 16; NaN if any is not finite.
template <class A>
LACUNA_INLINE float largest_finite(const float* x, int n) {
  auto most = simd::set16<A>(0), bad = simd::set16<A>(0);
  for (int i = 0; i < n; i += 16) {
    const auto v = simd::load16<A>(x + i);
    most = max(most, abs(v));
    bad = fma(v, simd::set16<A>(0), bad);
  }
  return largest(most) + sum(bad);
}
/// out[i] = the integer nearest to x[i] * up.
template <class A>
LACUNA_INLINE void scaled_to_i16(const float* x, float up, std::uint16_t* out, int n) {
  for (int i = 0; i < n; i += 16)
    simd::store16_u16(out + i, to_int(simd::load16<A>(x + i) * simd::set16<A>(up)));
}
/// The codes of a row: codec C's own, x / scale to nearest.
template <class C, class A>
LACUNA_INLINE void row_codes(A, const float* row, float scale, std::int8_t* codes, int n) {
  const auto step = simd::set16<A>(scale > 0 ? scale : 1.0f);
  for (int i = 0; i < n; i += 16) simd::store16_bytes(codes + i, to_int(simd::load16<A>(row + i) / step));
}
/// A multiplier to `top`, and what undoes it; 0 for rows of zeros, NaN for rows that are not finite.
struct fixed_point {
  float up, down;
};
LACUNA_INLINE fixed_point fixed_point_for(float most, float top) {
  return {most > 0 ? top / most : 0.0f, most > 0 || !(most == most) ? most / top : 0.0f};
}

/// Weights of B queries from g0 on times token_scale times `up` to f.words[k]; bias[g] = the sums of of(weight, token).
template <class A, int B, class F>
LACUNA_NOINLINE void scaled_weights(weight_form& f, int k, int g0, int n, float up,
                                    simd::i32x16<A> (&bias)[B], const F& of) {
  const float *const p = f.p + g0 * chunk_tokens, *const scale = f.token_scale;
  auto* const out = reinterpret_cast<std::uint16_t*>(f.words[k][g0]);
  const auto factor = simd::set16<A>(up);
  simd::i32x16<A> sum[B];
  simd::unroll<B>([&](auto g) LACUNA_LAMBDA { clear(sum[g]); });
  for (int t = 0; t < n; t += 16) {
    const auto s = simd::load16<A>(scale + t) * factor;
    simd::unroll<B>([&](auto g) LACUNA_LAMBDA {
      const auto w = to_int(simd::load16<A>(p + g * chunk_tokens + t) * s);
      simd::store16_u16(out + g * chunk_tokens + t, w);
      sum[g] = sum[g] + of(w, t);
    });
  }
  simd::unroll<B>([&](auto g) LACUNA_LAMBDA { bias[g] = sum[g]; });
}

/// Weights of a chunk times the scale of their token, as 16-bit integers in f.words[k]: token_scale has the scales,
/// `zeros` what must be subtracted from each code, or null where it is `zero` for all. f.scale[k] and f.bias[k] undo both.
template <class A>
void fold_token_scales(int group, int n, float top, const float* zeros, int zero, int k, weight_form& f) {
  const fixed_point point =
      fixed_point_for(largest_finite<A>(f.token_scale, n), top);  // weights are at most 1
  by_blocks<value_block<A>>(group, [&](auto block, int g0) LACUNA_LAMBDA {
    simd::i32x16<A> bias[block];
    if (zeros)
      scaled_weights<A>(f, k, g0, n, point.up, bias,
                        [&](auto w, int t) LACUNA_LAMBDA { return w * to_int(simd::load16<A>(zeros + t)); });
    else
      scaled_weights<A>(f, k, g0, n, point.up, bias, [](auto w, int) LACUNA_LAMBDA { return w; });
    for (int g = g0; g < g0 + block; ++g) {
      std::int32_t lane[16];
      simd::store16_raw(lane, bias[g - g0]);
      std::int64_t total = 0;
      for (const std::int32_t b : lane) total += b;
      f.bias[k][g] = static_cast<std::int32_t>(zeros ? total : total * zero);
      f.scale[k][g] = point.down;
    }
  });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

/// Keys of int8<per_row, Scale>.
template <class Scale>
struct int8_key {
  using codes = int8<per_row, Scale>;
  static constexpr std::size_t ahead = 8192;

  LACUNA_INLINE constexpr std::size_t tile_bytes(kv_shape z) const {
    return static_cast<std::size_t>(z.width()) * tile_tokens + tile_tokens * sizeof(Scale);
  }
  LACUNA_INLINE constexpr std::size_t section_bytes(kv_shape z) const {
    return tile_bytes(z) * static_cast<std::size_t>(z.tiles());
  }
  template <class A>
  void put(A arch, std::byte* section, int t, const float* row, kv_shape z) const {
    std::byte* const tile = section + tile_bytes(z) * static_cast<std::size_t>(t / tile_tokens);
    const float most = kernel::largest_finite<A>(row, z.width());
    const Scale scale = codes::cell_for(-most, most);
    std::int8_t code[most_head_dim];
    kernel::row_codes<codes>(arch, row, scale, code, z.width());
    std::byte* const lane = tile + t % tile_tokens * 2;
    for (int d = 0; d < z.width(); d += 2) std::memcpy(lane + d * 16, code + d, 2);
    std::memcpy(tile + z.width() * tile_tokens + t % tile_tokens * static_cast<int>(sizeof(Scale)), &scale,
                sizeof scale);
  }
  template <class A>
  void get(A, const std::byte* section, int t, float* row, kv_shape z) const {
    const std::byte* const tile = section + tile_bytes(z) * static_cast<std::size_t>(t / tile_tokens);
    Scale scale;
    std::memcpy(&scale, tile + z.width() * tile_tokens + t % tile_tokens * static_cast<int>(sizeof(Scale)),
                sizeof scale);
    for (int d = 0; d < z.width(); ++d)
      row[d] = static_cast<float>(static_cast<std::int8_t>(tile[d / 2 * 32 + t % tile_tokens * 2 + d % 2])) *
               scale;
  }
  template <class A>
  void prepare(A, const float* q, int group, kv_shape z, query_form& f) const {
    const int words = z.width() / 2;
    for (int g = 0; g < group; ++g) {
      const float* const row = q + g * z.width();
      const auto point = kernel::fixed_point_for(kernel::largest_finite<A>(row, z.width()), 32767.0f);
      f.scale[g] = point.down;
      kernel::scaled_to_i16<A>(row, point.up, reinterpret_cast<std::uint16_t*>(f.in_order + g * words),
                               z.width());
    }
    kernel::interleave<A>(group, words, [&](int g, int w, int at) {
      std::memcpy(&f.words[at], reinterpret_cast<const std::byte*>(f.in_order + g * words + w), 4);
    });
  }
  template <class A, int N, int G>
  LACUNA_INLINE void dot(A, const query_form& f, int g0, kv_shape z, int, const std::byte* tile,
                         const std::byte* next, simd::f32x16<A> (&s)[N][G]) const {
    constexpr int U = kernel::chains<A, G>;
    const int words = z.width() / 2;
    const auto* q = reinterpret_cast<const std::byte*>(f.words + g0 * words);
    simd::i32x16<A> sum[U][N * G];
    simd::unroll<U * N * G>([&](auto i) LACUNA_LAMBDA { clear(sum[i / (N * G)][i % (N * G)]); });
    for (int w = 0; w < words; w += U, tile += 32 * U, next += 32 * U * N, q += U * G * 4)
      simd::unroll<U * N>([&](auto i) LACUNA_LAMBDA {
        constexpr int u = i / N, n = i % N;
        if constexpr (i % 2 == 0) kernel::ask(next + 32 * i);
        const auto x = simd::load16_i8<A>(tile + n * tile_bytes(z) + 32 * u);
        simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
          auto& to = sum[u][n * G + g];
          to = dot_i16(to, x, simd::set16_i32<A>(kernel::int_at(q + (u * G + g) * 4)));
        });
      });
    kernel::ask(next);
    simd::unroll<N>([&](auto n) LACUNA_LAMBDA {
      const auto scale = simd::load16<A>(reinterpret_cast<const Scale*>(tile + n * tile_bytes(z)));
      simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
        auto& all = sum[0][n * G + g];
        simd::unroll<U - 1>([&](auto u) LACUNA_LAMBDA { all = all + sum[u + 1][n * G + g]; });
        s[n][g] = to_float(all) * simd::set16<A>(f.scale[g0 + g]) * scale;
      });
    });
  }
};

/// Values of int8<per_row, Scale>.
template <class Scale>
struct int8_value {
  using codes = int8<per_row, Scale>;
  template <class A>
  using sums = simd::i32x16<A>;
  static constexpr std::size_t ahead = 8192;
  static constexpr int unit_rows = tile_tokens;
  static constexpr bool weights_per_panel = false;
  static constexpr float top = 16383;  // 127 * 16383 * 1024 tokens < 2^31

  LACUNA_INLINE constexpr std::size_t section_bytes(kv_shape z) const {
    return static_cast<std::size_t>(z.page) * (static_cast<std::size_t>(z.width()) + sizeof(Scale));
  }
  LACUNA_INLINE const std::byte* panel(const std::byte* section, int p, kv_shape z) const {
    return section + z.page * z.panel_first(p);
  }
  LACUNA_INLINE std::size_t unit_bytes(int p, kv_shape z) const {
    return static_cast<std::size_t>(unit_rows * z.panel_width(p));
  }
  LACUNA_INLINE static int place(int t, int channel, kv_shape z) {
    const int p = z.panel_of(channel), first = z.panel_first(p);
    return z.page * first + (t / 2 * z.panel_width(p) + channel - first) * 2 + t % 2;
  }
  LACUNA_INLINE static const std::byte* scales(const std::byte* section, kv_shape z) {
    return section + z.page * z.width();
  }
  template <class A>
  void put(A arch, std::byte* section, int t, const float* row, kv_shape z) const {
    const float most = kernel::largest_finite<A>(row, z.width());
    const Scale scale = codes::cell_for(-most, most);
    std::int8_t code[most_head_dim];
    kernel::row_codes<codes>(arch, row, scale, code, z.width());
    for (int p = 0; p < z.panels(); ++p) {
      std::byte* const to = section + place(t, z.panel_first(p), z);
      const std::int8_t* const from = code + z.panel_first(p);
      for (int c = 0; c < z.panel_width(p); ++c) to[2 * c] = static_cast<std::byte>(from[c]);
    }
    std::memcpy(section + z.page * z.width() + t * static_cast<int>(sizeof(Scale)), &scale, sizeof scale);
  }
  template <class A>
  void get(A, const std::byte* section, int t, float* row, kv_shape z) const {
    Scale scale;
    std::memcpy(&scale, scales(section, z) + t * static_cast<int>(sizeof(Scale)), sizeof scale);
    for (int d = 0; d < z.width(); ++d)
      row[d] = static_cast<float>(static_cast<std::int8_t>(section[place(t, d, z)])) * scale;
  }
  /// Asks for the scales, which prepare reads all at once.
  template <class A>
  LACUNA_INLINE void touch(A, const std::byte* section, kv_shape z) const {
    for (int t = 0; t < z.page * static_cast<int>(sizeof(Scale)); t += 64)
      simd::prefetch(scales(section, z) + t);
  }
  template <class A>
  void prepare(A, int group, const std::byte* const* pages, int count, int panel, kv_shape z,
               weight_form& f) const {
    if (panel != 0) return;
    for (int i = 0; i < count; ++i)
      for (int t = 0; t < z.page; t += 16)
        simd::store16(f.token_scale + i * z.page + t,
                      simd::load16<A>(reinterpret_cast<const Scale*>(scales(pages[i], z)) + t));
    kernel::fold_token_scales<A>(group, count * z.page, top, nullptr, 0, 0, f);
  }
  template <class A, int NV, int G>
  LACUNA_INLINE void axpy(A, const weight_form& f, int g0, int t0, int rows, const std::byte* v,
                          const std::byte* next, sums<A> (&acc)[NV][G]) const {
    constexpr int stride = chunk_tokens * 2;
    const auto* w = reinterpret_cast<const std::byte*>(f.words[0][g0]) + t0 * 2;
    for (int t = 0; t < rows; t += 2, w += 4, v += 32 * NV, next += 32 * NV)
      simd::unroll<NV>([&](auto j) LACUNA_LAMBDA {
        if constexpr (j % 2 == 0) kernel::ask(next + 32 * j);
        const auto x = simd::load16_i8<A>(v + 32 * j);
        simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
          acc[j][g] = dot_i16(acc[j][g], x, simd::set16_i32<A>(kernel::int_at(w + g * stride)));
        });
      });
  }
  template <class A>
  LACUNA_INLINE simd::f32x16<A> result(A, simd::i32x16<A> acc, const weight_form& f, int g, int) const {
    return to_float(acc) * simd::set16<A>(f.scale[0][g]);
  }
};

template <class Scale>
struct kv_codec_of<int8<per_row, Scale, symmetric>> {
  using key = int8_key<Scale>;
  using value = int8_value<Scale>;
};

}  // namespace lacuna
