#pragma once
// SPDX-License-Identifier: BSL-1.0
// Tiles of 64 keys and values of a cache, as prefill's products want them.
//
//   pages of 64 in the product's own type    where they lie: prefill's tile is the page of kv/codec/plain
//   bf16 pages of 64, float products         each word becomes two floats
//   any other codec, page or a tail          rows are decoded and packed
#include <lacuna/attention/prefill/source.hpp>
#include <lacuna/attention/prefill/tile.hpp>
#include <lacuna/kv/codec/plain.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <class C, class T>
inline constexpr bool plain_cache =
    std::is_same_v<std::remove_cvref_t<decltype(std::declval<C>().key())>, plain_key<T>>&&
        std::is_same_v<std::remove_cvref_t<decltype(std::declval<C>().value())>, plain_value<T>>;

struct loaded_tile {
  const float *keys, *values;
};

/// Words of bf16 pairs in lines of `lanes` as two lines of floats each.
template <class A>
LACUNA_NOINLINE void widen_pairs(const std::byte* from, index_t lines, index_t lanes, float* to) {
  for (index_t i = 0; i < lines; ++i, to += 2 * lanes)
    for (index_t j = 0; j < lanes; j += 16, from += 64) {
      const auto raw = simd::load16_raw<A>(from);
      simd::store16(to + j, simd::bf16_even(raw));
      simd::store16(to + lanes + j, simd::bf16_odd(raw));
    }
}

/// Tile c of head h; `rows` and `to` are memory for it. Keys past the last have any finite values.
template <class A, class T, class C>
loaded_tile load_tile(const tile_shape<T>& s, const cache_rows<C>& source, const segment& body, index_t h,
                      index_t c, float* rows, float* to) {
  const index_t first = c * tile_side, width = s.width();
  float* const values = to + s.packed();
  [[maybe_unused]] const bool a_page =
      body.shape.page == tile_side && (first + tile_side <= body.tokens || !has_tail<C>);
  if constexpr (plain_cache<C, T>)
    if (a_page) {
      const auto page = static_cast<std::uint32_t>(c);
      return {reinterpret_cast<const float*>(body.key(page)),
              reinterpret_cast<const float*>(body.value(page))};
    }
  if constexpr (std::is_same_v<T, float> && plain_cache<C, bf16>)
    if (a_page) {
      const auto page = static_cast<std::uint32_t>(c);
      widen_pairs<A>(body.key(page), tile_side / tile_tokens * width / 2, tile_tokens, to);
      for (int p = 0; p < s.head.panels(); ++p)
        widen_pairs<A>(body.value(page) + tile_side * s.head.panel_first(p) * 2, tile_side / 2,
                       s.head.panel_width(p), values + tile_side * s.head.panel_first(p));
      return {to, values};
    }
  const index_t left = source.tokens_of(h) - first, n = left < tile_side ? left : tile_side;
  const auto rest = static_cast<std::size_t>((tile_side - n) * width) * sizeof(float);
  source.values(A{}, h, first, n, width, rows);
  std::memset(rows + n * width, 0, rest);
  pack_values<A>(s, rows, values);
  source.keys(A{}, h, first, n, width, rows);
  std::memset(rows + n * width, 0, rest);
  pack_keys<A>(s, rows, to);
  return {to, values};
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
