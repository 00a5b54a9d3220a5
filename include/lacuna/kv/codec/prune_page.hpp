#pragma once
// SPDX-License-Identifier: BSL-1.0
// From rows of floats to lines under masks: select, round, lay out, compress.
//
//   rows  -- rule -->  masks  -- codes, `absent` where not kept -->  dense lines  -- != absent -->  mask | values
#include <lacuna/format/nm.hpp>
#include <lacuna/kv/codec/pruned_line.hpp>
#include <lacuna/kv/exact_k.hpp>

namespace lacuna {

/// The `keep` largest magnitudes of a token, ties to the lower channel.
struct by_magnitude {};

inline namespace LACUNA_ARCH {
namespace kernel {

/// Codes of a page, and lines of a tile or panel. On the stack: 82 KB for the largest head.
template <class Word>
struct pruned_rows {
  using code = typename pruned_line<Word>::code;
  alignas(64) code codes[most_page * most_head_dim];
  alignas(64) code lines[tile_tokens * most_head_dim];
  float scales[most_page];
};

inline void check_keep(int keep, kv_shape z) {
  if (keep < 1 || keep > z.head_dim)
    fail(errc::argument,
         "pruned: need 1 <= keep <= head_dim " + count_text(z.head_dim) + "; got " + count_text(keep));
}

/// A token's mask: N of every M channels, the largest first.
template <int N, int M>
void select_groups(const float* row, kv_shape z, std::uint64_t* mask) {
  for (int w = 0; w < (z.width() + 63) / 64; ++w) mask[w] = 0;
  for (int d = 0; d < z.width(); d += M)
    for (int i = 0; i < M; ++i) {
      const auto size = [&](int k) { return std::bit_cast<std::uint32_t>(row[d + k]) & 0x7fffffffu; };
      int before = 0;  // values of the group that go first
      for (int j = 0; j < M; ++j) before += size(j) > size(i) || (size(j) == size(i) && j < i);
      mask[(d + i) / 64] |= std::uint64_t{before < N} << ((d + i) % 64);
    }
}
template <class A>
void select_page(A, by_magnitude, const float* rows, int keep, kv_shape z, std::uint64_t* masks) {
  check_keep(keep, z);  // a cache has done so before its first page
  exact_k<A>(matrix_view<const float>(rows, z.page, z.width()), keep,
             array_view<std::uint64_t>(masks, z.page * mask_words(z.width())));
}
template <class A, int N, int M>
void select_page(A, nm<N, M>, const float* rows, int, kv_shape z, std::uint64_t* masks) {
  for (int t = 0; t < z.page; ++t)
    select_groups<N, M>(rows + t * z.width(), z, masks + t * mask_words(z.width()));
}

/// A row whose NaNs are all the same, so that none looks like a mark.
inline const float* plain_nans(const float* row, int n, float* copy) {
  for (int d = 0; d < n; ++d) copy[d] = row[d] == row[d] ? row[d] : std::numeric_limits<float>::quiet_NaN();
  return copy;
}

/// The codes of a page, `absent` where a value is not kept, and the scales.
template <class Rule, class A, class Word>
void prune_page(A arch, const float* rows, int keep, kv_shape z, pruned_rows<Word>& to) {
  std::uint64_t masks[most_page * most_head_dim / 64];
  select_page(arch, Rule{}, rows, keep, z, masks);
  for (int t = 0; t < z.page; ++t) {
    const float* row = rows + t * z.width();
    const float most = largest_finite<A>(row, z.width());
    float copy[most_head_dim];
    if (!(most < std::numeric_limits<float>::infinity())) row = plain_nans(row, z.width(), copy);
    to.scales[t] = pruned_line<Word>::row_codes(arch, row, most, masks + t * mask_words(z.width()), z,
                                                to.codes + t * z.width());
  }
}

/// Lines of a key tile, whose 16 rows start at codes.
template <class Word>
void key_lines(const typename pruned_line<Word>::code* codes, kv_shape z,
               typename pruned_line<Word>::code* lines) {
  constexpr int per = pruned_line<Word>::per;
  for (int t = 0; t < tile_tokens; ++t)
    for (int d = 0; d < z.width(); d += per)
      std::memcpy(lines + (d * tile_tokens + t * per), codes + t * z.width() + d, sizeof(*codes) * per);
}
/// Lines of panel p of a value section.
template <class Word>
void value_lines(const typename pruned_line<Word>::code* codes, int p, kv_shape z,
                 typename pruned_line<Word>::code* lines) {
  constexpr int per = pruned_line<Word>::per;
  const int wide = z.panel_width(p);
  codes += z.panel_first(p);
  for (int t = 0; t < z.page; t += per, lines += wide * per)
    for (int c = 0; c < wide; ++c)
      for (int i = 0; i < per; ++i) lines[c * per + i] = codes[(t + i) * z.width() + c];
}

/// The masks and packed values of n lines. Returns the end of the values.
template <class Word, class A>
std::byte* compress_lines(A, const typename pruned_line<Word>::code* lines, int n, std::byte* masks,
                          std::byte* values) {
  using line = pruned_line<Word>;
  alignas(64)
      std::byte packed[tile_tokens * most_head_dim * line::bytes + 64];  // stores may run 64 bytes over
  std::byte* to = packed;
  for (int k = 0; k < n; ++k) {
    const auto* const from = reinterpret_cast<const std::byte*>(lines) + 64 * k;
    typename line::mask kept = 0;
    simd::unroll<simd::sixteenth<A>>([&](auto r) LACUNA_LAMBDA {
      constexpr int places = A::lanes * 4 / line::bytes;
      const auto x = simd::load_raw<A>(from + r * A::lanes * 4);
      const std::uint64_t m = simd::differs<line::bytes>(x, line::absent);
      simd::store_raw(to, simd::compress_raw<line::bytes>(x, m));
      to += simd::popcount(m) * line::bytes;
      kept |= static_cast<typename line::mask>(m << (r * places % 64));
    });
    std::memcpy(masks + k * line::mask_bytes, &kept, sizeof kept);
  }
  std::memcpy(values, packed, static_cast<std::size_t>(to - packed));
  return values + (to - packed);
}

template <class Word>
LACUNA_INLINE int line_count(const std::byte* m) {
  return simd::popcount(mask_at<typename pruned_line<Word>::mask>(m));
}
/// Of n lines whose masks are at m.
template <class Word>
index_t values_of_lines(const std::byte* m, int n) {
  index_t count = 0;
  for (int k = 0; k < n; ++k) count += line_count<Word>(m + k * pruned_line<Word>::mask_bytes);
  return count;
}
/// The values of a lane of the line whose mask is at m and whose values are at v, zeros where none is kept.
template <class Word>
LACUNA_INLINE void line_lane(const std::byte* m, const std::byte* v, int lane, float scale, float* out) {
  using line = pruned_line<Word>;
  const std::uint64_t on = mask_at<typename line::mask>(m);
  for (int i = 0; i < line::per; ++i) {
    const int bit = lane * line::per + i;
    const int before = simd::popcount(on & ((std::uint64_t{1} << bit) - 1));
    out[i] = (on >> bit & 1) != 0 ? line::value(v + before * line::bytes, scale) : 0.0f;
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
