#pragma once
// SPDX-License-Identifier: BSL-1.0
// Caches of float, f16 and bf16: one number per channel.
//
//   key tile       float, f16  [channel][16 tokens]         bf16  [channel / 2][16 tokens][2 channels]
//   value panel    float, f16  [token][64 or 16 channels]   bf16  [token / 2][64 or 16 channels][2 tokens]
//
// Sums are floats. Where pairs of bf16 are multiplied by an instruction (vdpbf16ps) queries and weights are rounded to
// bf16, too; elsewhere they stay floats.
#include <algorithm>
#include <lacuna/codec/plain.hpp>
#include <lacuna/kv/codec/codec.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// One step of a plain kernel: 16 lanes of memory, one number or a pair in each, times as many words of a query or of
/// weights. Words are floats; pairs of bf16 where the arch multiplies those fast.
template <class T>
struct plain_step {
  static constexpr int per = 1;  // numbers of a lane
  template <class A>
  static constexpr int words = 1;
  template <class A>
  LACUNA_INLINE static auto load(const std::byte* p) {
    return simd::load16<A>(reinterpret_cast<const T*>(p));
  }
  /// Stride: bytes from the word of the first number of a lane to the second's.
  template <int Stride, class A>
  LACUNA_INLINE static simd::f32x16<A> add(simd::f32x16<A> sum, simd::f32x16<A> x, const std::byte* word) {
    return simd::fma(x, simd::set16<A>(float_at(word)), sum);
  }
};

/// A pair of bf16 in each lane.
template <class A>
struct bf16_pairs {
  simd::i32x16<A> both;       // with fast_dot_bf16
  simd::f32x16<A> even, odd;  // without
};
template <class A>
LACUNA_INLINE bf16_pairs<A> split_pairs(simd::i32x16<A> x) {
  if constexpr (simd::fast_dot_bf16<A>)
    return {x, {}, {}};
  else
    return {{}, bf16_even(x), bf16_odd(x)};
}
template <>
struct plain_step<bf16> {
  static constexpr int per = 2;
  template <class A>
  static constexpr int words = simd::fast_dot_bf16<A> ? 1 : 2;
  template <class A>
  LACUNA_INLINE static auto load(const std::byte* p) {
    return split_pairs(simd::load16_raw<A>(p));
  }
  template <int Stride, class A>
  LACUNA_INLINE static simd::f32x16<A> add(simd::f32x16<A> sum, const bf16_pairs<A>& x,
                                           const std::byte* word) {
    if constexpr (simd::fast_dot_bf16<A>)
      return dot_bf16(sum, x.both, simd::set16_i32<A>(int_at(word)));
    else
      return fma(x.odd, simd::set16<A>(float_at(word + Stride)),
                 fma(x.even, simd::set16<A>(float_at(word)), sum));
  }
};

/// n floats, a multiple of 16, as the words of T.
template <class T, class A>
LACUNA_INLINE void to_words(A, const float* x, std::uint32_t* words, int n) {
  if constexpr (plain_step<T>::per == plain_step<T>::template words<A>)
    std::memcpy(words, x, static_cast<std::size_t>(n) * sizeof(float));
  else
    for (int i = 0; i < n; i += 16) simd::store16_bf16(words + i / 2, simd::load16<A>(x + i));
}

/// n floats as T. The plain loop, which compilers turn into vectors: vcvtneps2bf16 would lose subnormals.
template <class T, class A>
LACUNA_INLINE void to_numbers(A, const float* x, T* to, int n) {
  for (int i = 0; i < n; ++i) to[i] = T(x[i]);
}
/// And back.
template <class T, class A>
LACUNA_INLINE void to_floats(A, const T* x, float* to, int n) {
  for (int i = 0; i < n; i += 16) simd::store16(to + i, simd::load16<A>(x + i));
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

/// Keys of T = float, f16 or bf16.
template <class T>
struct plain_key {
  static constexpr std::size_t ahead = 4096;
  static constexpr int tiles = 2;  // scored at once
  static constexpr int per = std::is_same_v<T, bf16> ? 2 : 1;

  LACUNA_INLINE constexpr std::size_t tile_bytes(kv_shape z) const {
    return static_cast<std::size_t>(z.width() * tile_tokens) * sizeof(T);
  }
  LACUNA_INLINE constexpr std::size_t section_bytes(kv_shape z) const {
    return tile_bytes(z) * static_cast<std::size_t>(z.tiles());
  }
  LACUNA_INLINE static std::size_t place(int t, int channel, kv_shape z) {
    const int in_tile = (channel / per * tile_tokens + t % tile_tokens) * per + channel % per;
    return static_cast<std::size_t>(t / tile_tokens * z.width() * tile_tokens + in_tile) * sizeof(T);
  }
  template <class A>
  void put(A arch, std::byte* section, int t, const float* row, kv_shape z) const {
    T x[most_head_dim];
    kernel::to_numbers(arch, row, x, z.width());
    std::byte* const lane = section + place(t, 0, z);
    for (int d = 0; d < z.width(); d += per)  // neighbours lie side by side
      std::memcpy(lane + d * tile_tokens * static_cast<int>(sizeof(T)), x + d, per * sizeof(T));
  }
  template <class A>
  void get(A arch, const std::byte* section, int t, float* row, kv_shape z) const {
    T x[most_head_dim];
    const std::byte* const lane = section + place(t, 0, z);
    for (int d = 0; d < z.width(); d += per)
      std::memcpy(x + d, lane + d * tile_tokens * static_cast<int>(sizeof(T)), per * sizeof(T));
    kernel::to_floats(arch, x, row, z.width());
  }
  template <class A>
  void prepare(A arch, const float* q, int group, kv_shape z, query_form& f) const {
    const int words = z.width() / per * kernel::plain_step<T>::template words<A>;
    kernel::to_words<T>(arch, q, f.in_order, group * z.width());
    kernel::interleave<A>(group, words,
                          [&](int g, int w, int at) { f.words[at] = f.in_order[g * words + w]; });
  }
  template <class A, int N, int G>
  LACUNA_INLINE void dot(A, const query_form& f, int g0, kv_shape z, int, const std::byte* tile,
                         const std::byte* next, simd::f32x16<A> (&s)[N][G]) const {
    using step = kernel::plain_step<T>;
    constexpr int U = kernel::chains<A, G>, bytes = static_cast<int>(sizeof(T)) * per * 16;
    constexpr int words = step::template words<A>, stride = words * G * 4;
    const int steps = z.width() / per;
    const auto* q = reinterpret_cast<const std::byte*>(f.words + g0 * steps * words);
    simd::f32x16<A> sum[U][N * G];
    simd::unroll<U * N * G>([&](auto i) LACUNA_LAMBDA { clear(sum[i / (N * G)][i % (N * G)]); });
    for (int w = 0; w < steps; w += U, tile += bytes * U, next += bytes * U * N, q += U * stride)
      simd::unroll<U * N>([&](auto i) LACUNA_LAMBDA {
        constexpr int u = i / N, n = i % N;
        if constexpr (i * bytes % 64 == 0) kernel::ask(next + i * bytes);
        const auto x = step::template load<A>(tile + n * tile_bytes(z) + u * bytes);
        simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
          auto& to = sum[u][n * G + g];
          to = step::template add<G * 4>(to, x, q + u * stride + g * 4);
        });
      });
    simd::unroll<N * G>([&](auto i) LACUNA_LAMBDA {
      s[i / G][i % G] = sum[0][i];
      simd::unroll<U - 1>([&](auto u) LACUNA_LAMBDA { s[i / G][i % G] = s[i / G][i % G] + sum[u + 1][i]; });
    });
  }
};

/// Values of T = float, f16 or bf16.
template <class T>
struct plain_value {
  template <class A>
  using sums = simd::f32x16<A>;
  static constexpr std::size_t ahead = 4096;
  static constexpr int unit_rows = tile_tokens;  // a panel is equal units of so many tokens
  static constexpr bool weights_per_panel = false;
  static constexpr int per = std::is_same_v<T, bf16> ? 2 : 1;

  LACUNA_INLINE constexpr std::size_t section_bytes(kv_shape z) const {
    return static_cast<std::size_t>(z.page * z.width()) * sizeof(T);
  }
  LACUNA_INLINE const std::byte* panel(const std::byte* section, int p, kv_shape z) const {
    return section + static_cast<std::size_t>(z.page * z.panel_first(p)) * sizeof(T);
  }
  LACUNA_INLINE std::size_t unit_bytes(int p, kv_shape z) const {
    return static_cast<std::size_t>(unit_rows * z.panel_width(p)) * sizeof(T);
  }
  LACUNA_INLINE static std::size_t place(int t, int channel, kv_shape z) {
    const int p = z.panel_of(channel), in_panel = channel - z.panel_first(p), wide = z.panel_width(p);
    return static_cast<std::size_t>(z.page * z.panel_first(p) + (t / per * wide + in_panel) * per + t % per) *
           sizeof(T);
  }
  template <class A>
  void put(A arch, std::byte* section, int t, const float* row, kv_shape z) const {
    T x[most_head_dim];
    kernel::to_numbers(arch, row, x, z.width());
    for (int p = 0; p < z.panels(); ++p) {
      std::byte* const to = section + place(t, z.panel_first(p), z);
      for (int c = 0; c < z.panel_width(p); ++c)
        std::memcpy(to + c * per * static_cast<int>(sizeof(T)), x + z.panel_first(p) + c, sizeof(T));
    }
  }
  template <class A>
  void get(A arch, const std::byte* section, int t, float* row, kv_shape z) const {
    T x[most_head_dim];
    for (int p = 0; p < z.panels(); ++p) {
      const std::byte* const from = section + place(t, z.panel_first(p), z);
      for (int c = 0; c < z.panel_width(p); ++c)
        std::memcpy(x + z.panel_first(p) + c, from + c * per * static_cast<int>(sizeof(T)), sizeof(T));
    }
    kernel::to_floats(arch, x, row, z.width());
  }
  template <class A>
  void prepare(A arch, int group, const std::byte* const*, int pages, int panel, kv_shape z,
               weight_form& f) const {
    if constexpr (kernel::plain_step<T>::template words<A> != per)
      if (panel == 0)
        for (int g = 0; g < group; ++g)
          kernel::to_words<T>(arch, f.p + g * chunk_tokens, f.words[0][g], pages * z.page);
  }
  template <class A, int NV, int G>
  LACUNA_INLINE void axpy(A, const weight_form& f, int g0, int t0, int rows, const std::byte* v,
                          const std::byte* next, sums<A> (&acc)[NV][G]) const {
    using step = kernel::plain_step<T>;
    constexpr int bytes = static_cast<int>(sizeof(T)) * per * 16, words = step::template words<A>;
    constexpr int stride = chunk_tokens / per * words * 4;
    const void* const all = words == per ? static_cast<const void*>(f.p) : &f.words[0][0][0];
    const auto* w = static_cast<const std::byte*>(all) + g0 * stride + t0 / per * words * 4;
    for (int t = 0; t < rows / per; ++t, w += words * 4, v += bytes * NV, next += bytes * NV)
      simd::unroll<NV>([&](auto j) LACUNA_LAMBDA {
        if constexpr (j * bytes % 64 == 0) kernel::ask(next + j * bytes);
        const auto x = step::template load<A>(v + j * bytes);
        simd::unroll<G>(
            [&](auto g) LACUNA_LAMBDA { acc[j][g] = step::template add<4>(acc[j][g], x, w + g * stride); });
      });
  }
  template <class A>
  LACUNA_INLINE simd::f32x16<A> result(A, simd::f32x16<A> acc, const weight_form&, int, int) const {
    return acc;
  }
};

template <>
struct kv_codec_of<float> {
  using key = plain_key<float>;
  using value = plain_value<float>;
};
template <>
struct kv_codec_of<bf16> {
  using key = plain_key<bf16>;
  using value = plain_value<bf16>;
};
template <>
struct kv_codec_of<f16> {
  using key = plain_key<f16>;
  using value = plain_value<f16>;
};

}  // namespace lacuna
