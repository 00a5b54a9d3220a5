#pragma once
// SPDX-License-Identifier: BSL-1.0
// Pruned caches under a bitmap, used without being decompressed (Mustafar, arXiv 2505.22913): pruned<bf16>,
// pruned<int8<>>, pruned<bf16, nm<2, 4>>.
//
//   line           16 lanes of 2 bf16 or 4 bytes: a mask of 32 or 64 bits, and the values whose bits are set
//   key tile       masks of width / per lines (lanes = tokens), their values, then 16 scales (int8)
//   value section  64 bytes: where each panel starts | a scale for each token (int8) | panels: masks of
//                  [token / per][16 channels], their values
//
// Every token keeps the same number of values, so a key tile and a value section have fixed sizes: no offset table for
// keys. By page. The rule (which values stay) is a type: by_magnitude keeps `keep` of a token, nm<N, M> N of every M
// channels; both by magnitude, ties to the lower channel. A short bitmap is never larger than N:M offsets.
#include <lacuna/kv/codec/prune_page.hpp>

namespace lacuna {

/// Values of Word under a bitmap, chosen by Rule.
template <class Word, class Rule = by_magnitude>
struct pruned {};

namespace detail {
/// How many values a token keeps; a codec's amount where the rule leaves it open.
template <class Rule>
struct kept_values {
  int keep = 64;
  LACUNA_INLINE int kept(kv_shape) const { return keep; }
  /// Before the first page: encode has no way to fail.
  LACUNA_INLINE void check(kv_shape z) const { kernel::check_keep(keep, z); }
};
template <int N, int M>
struct kept_values<nm<N, M>> {
  static_assert(16 % M == 0, "lacuna: groups of a pruned cache have 2, 4, 8 or 16 channels");
  LACUNA_INLINE static int kept(kv_shape z) { return z.width() / M * N; }
};
}  // namespace detail

/// Keys under a bitmap.
template <class Word, class Rule>
struct pruned_key : detail::kept_values<Rule> {
  using line = kernel::pruned_line<Word>;
  static constexpr std::size_t ahead = 8192;
  static constexpr int tiles = line::bytes;  // scored at once: 2 of bf16, 1 of codes

  LACUNA_INLINE std::size_t mask_bytes(kv_shape z) const { return static_cast<std::size_t>(z.width()) * 2; }
  LACUNA_INLINE std::size_t value_bytes(kv_shape z) const {
    return static_cast<std::size_t>(this->kept(z) * tile_tokens * line::bytes);
  }
  LACUNA_INLINE std::size_t tile_bytes(kv_shape z) const {
    return mask_bytes(z) + value_bytes(z) + tile_tokens * line::scale_bytes;
  }
  LACUNA_INLINE std::size_t section_bytes(kv_shape z) const {
    return tile_bytes(z) * static_cast<std::size_t>(z.tiles());
  }
  /// rows[page][width]; check() passes.
  template <class A>
  void encode(A arch, std::byte* section, const float* rows, kv_shape z) const {
    kernel::pruned_rows<Word> page;
    kernel::prune_page<Rule>(arch, rows, this->kept(z), z, page);
    for (int t = 0; t < z.page; t += tile_tokens, section += tile_bytes(z)) {
      kernel::key_lines<Word>(page.codes + t * z.width(), z, page.lines);
      kernel::compress_lines<Word>(arch, page.lines, z.width() / line::per, section, section + mask_bytes(z));
      line::put_scales(section + mask_bytes(z) + value_bytes(z), page.scales + t, tile_tokens);
    }
  }
  template <class A>
  void get(A, const std::byte* section, int t, float* row, kv_shape z) const {
    const std::byte* const tile = section + tile_bytes(z) * static_cast<std::size_t>(t / tile_tokens);
    const float scale = line::scale_at(tile + mask_bytes(z) + value_bytes(z), t % tile_tokens);
    const std::byte* v = tile + mask_bytes(z);
    for (int k = 0; k < z.width() / line::per; ++k) {
      const std::byte* const m = tile + k * line::mask_bytes;
      kernel::line_lane<Word>(m, v, t % tile_tokens, scale, row + k * line::per);
      v += kernel::line_count<Word>(m) * line::bytes;
    }
  }
  /// Is this a section that encode could have written? Then all that is read lies inside it.
  LACUNA_INLINE bool intact(const std::byte* section, kv_shape z) const {
    for (int t = 0; t < z.tiles(); ++t, section += tile_bytes(z))
      if (kernel::values_of_lines<Word>(section, z.width() / line::per) != this->kept(z) * tile_tokens)
        return false;
    return true;
  }
  template <class A>
  void prepare(A arch, const float* q, int group, kv_shape z, query_form& f) const {
    line::prepare_queries(arch, q, group, z, f);
  }
  template <class A, int N, int G>
  LACUNA_INLINE void dot(A, const query_form& f, int g0, kv_shape z, int, const std::byte* tile,
                         const std::byte* next, simd::f32x16<A> (&s)[N][G]) const {
    constexpr int U = kernel::chains < A, G >> 2 ? 2 : kernel::chains<A, G>;
    const int lines = z.width() / line::per, step = static_cast<int>(tile_bytes(z)) / lines + 1;
    const auto* q = reinterpret_cast<const std::byte*>(f.words + g0 * lines * line::template words<A>);
    const std::byte *m[N], *v[N];
    simd::unroll<N>([&](auto n) LACUNA_LAMBDA {
      m[n] = tile + n * tile_bytes(z);
      v[n] = m[n] + mask_bytes(z);
    });
    typename line::template sum<A> sum[U][N * G];
    simd::unroll<U * N * G>([&](auto i) LACUNA_LAMBDA { clear(sum[i / (N * G)][i % (N * G)]); });
    for (int k = 0; k < lines; k += U, q += U * line::template words<A> * G * 4)
      simd::unroll<U * N>([&](auto i) LACUNA_LAMBDA {
        constexpr int u = i / N, n = i % N, stride = line::template words<A> * G * 4;
        kernel::ask(next);
        const auto x = line::template load<A>(m[n], v[n]);
        simd::unroll<G>([&](auto g) LACUNA_LAMBDA {
          auto& to = sum[u][n * G + g];
          to = line::template add<G * 4>(to, x, q + u * stride + g * 4);
        });
        next += step;
      });
    simd::unroll<N * G>([&](auto i) LACUNA_LAMBDA {
      simd::unroll<U - 1>([&](auto u) LACUNA_LAMBDA { sum[0][i] = sum[0][i] + sum[u + 1][i]; });
      s[i / G][i % G] = line::score(sum[0][i], f.scale[g0 + i % G],
                                    tile + i / G * tile_bytes(z) + mask_bytes(z) + value_bytes(z));
    });
  }
};

/// Values under a bitmap.
template <class Word, class Rule>
struct pruned_value : detail::kept_values<Rule> {
  using line = kernel::pruned_line<Word>;
  template <class A>
  using sums = typename line::template sum<A>;
  static constexpr std::size_t ahead = 8192;
  static constexpr int unit_rows = 0;  // a panel is one unit: its length varies
  static constexpr bool weights_per_panel = false;
  static constexpr std::size_t header = 64;

  LACUNA_INLINE std::size_t section_bytes(kv_shape z) const {
    const int bytes = z.page * (line::scale_bytes + z.width() / 8 + this->kept(z) * line::bytes);
    return (header + static_cast<std::size_t>(bytes) + 63) / 64 * 64;
  }
  LACUNA_INLINE const std::byte* panel(const std::byte* section, int p, kv_shape) const {
    return section + kernel::int_at(section + 4 * p);
  }
  LACUNA_INLINE std::size_t unit_bytes(int, kv_shape) const { return 0; }
  LACUNA_INLINE static int panel_lines(int p, kv_shape z) {
    return z.page / line::per * z.panel_width(p) / 16;
  }

  template <class A>
  void encode(A arch, std::byte* section, const float* rows, kv_shape z) const {
    kernel::pruned_rows<Word> page;
    kernel::prune_page<Rule>(arch, rows, this->kept(z), z, page);
    std::memset(section, 0, section_bytes(z));
    line::put_scales(section + header, page.scales, z.page);
    std::byte* to = section + header + z.page * line::scale_bytes;
    for (int p = 0; p < z.panels(); ++p) {
      const auto at = static_cast<std::int32_t>(to - section);
      std::memcpy(section + 4 * p, &at, 4);
      kernel::value_lines<Word>(page.codes, p, z, page.lines);
      const int lines = panel_lines(p, z);
      to = kernel::compress_lines<Word>(arch, page.lines, lines, to, to + lines * line::mask_bytes);
    }
  }
  template <class A>
  void get(A, const std::byte* section, int t, float* row, kv_shape z) const {
    const float scale = line::scale_at(section + header, t);
    for (int p = 0; p < z.panels(); ++p) {
      const std::byte *m = panel(section, p, z), *v = m + panel_lines(p, z) * line::mask_bytes;
      const int wide = z.panel_width(p) / 16;
      for (int k = 0; k < panel_lines(p, z); ++k) {
        float lane[line::per];
        const bool here = k / wide == t / line::per;
        for (int c = 0; here && c < 16; ++c) {
          kernel::line_lane<Word>(m + k * line::mask_bytes, v, c, scale, lane);
          row[z.panel_first(p) + k % wide * 16 + c] = lane[t % line::per];
        }
        v += kernel::line_count<Word>(m + k * line::mask_bytes) * line::bytes;
      }
    }
  }
  /// Is this a section that encode could have written? Then all that is read lies inside it.
  LACUNA_INLINE bool intact(const std::byte* section, kv_shape z) const {
    std::int64_t at = static_cast<std::int64_t>(header) + z.page * line::scale_bytes;
    index_t values = 0;
    for (int p = 0; p < z.panels(); ++p) {
      if (kernel::int_at(section + 4 * p) != at) return false;
      const int lines = panel_lines(p, z);
      const index_t n = kernel::values_of_lines<Word>(section + at, lines);
      at += lines * line::mask_bytes + n * line::bytes;
      values += n;
      if (values > static_cast<index_t>(z.page) * this->kept(z)) return false;
    }
    return values == static_cast<index_t>(z.page) * this->kept(z);
  }
  template <class A>
  LACUNA_INLINE void touch(A, const std::byte* section, kv_shape z) const {
    for (std::size_t b = 0; b <= static_cast<std::size_t>(z.page * line::scale_bytes); b += 64)
      simd::prefetch(section + b);
  }
  template <class A>
  void prepare(A arch, int group, const std::byte* const* pages, int count, int panel, kv_shape z,
               weight_form& f) const {
    if (panel == 0) line::prepare_weights(arch, group, pages, count, header, z, f);
  }
  template <class A, int NV, int G>
  LACUNA_INLINE void axpy(A, const weight_form& f, int g0, int t0, int rows, const std::byte* unit,
                          const std::byte* next, sums<A> (&acc)[NV][G]) const {
    const int lines = rows / line::per * NV;
    const int step = (rows * 16 * NV / 8 + rows * 16 * NV * line::bytes / 2) / lines + 1;  // half kept, say
    constexpr int stride = line::template weight_stride<A>;
    const std::byte *m = unit, *v = unit + lines * line::mask_bytes;
    const std::byte* w =
        line::template weights<A>(f) + g0 * stride + t0 / line::per * line::template words<A> * 4;
    for (int t = 0; t < rows; t += line::per, w += line::template words<A> * 4)
      simd::unroll<NV>([&](auto j) LACUNA_LAMBDA {
        kernel::ask(next);
        next += step;
        const auto x = line::template load<A>(m, v);
        simd::unroll<G>(
            [&](auto g) LACUNA_LAMBDA { acc[j][g] = line::template add<4>(acc[j][g], x, w + g * stride); });
      });
  }
  template <class A>
  LACUNA_INLINE simd::f32x16<A> result(A, sums<A> acc, const weight_form& f, int g, int) const {
    return line::weighted(acc, f.scale[0][g]);
  }
};

template <class Word, class Rule>
struct kv_codec_of<pruned<Word, Rule>> {
  using key = pruned_key<Word, Rule>;
  using value = pruned_value<Word, Rule>;
};

}  // namespace lacuna
