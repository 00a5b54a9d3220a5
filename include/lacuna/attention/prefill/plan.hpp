#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a prefill computes, cut into items: by shape and mask only, so any number of threads gives the same bits.
//
//   line    the key tiles that one query tile sees, for one head of the mask and one sequence
//   slot    where a key tile that some head of its group sees lies packed; tiles that nobody sees are not packed
//   item    a query tile of a head; longest lines first
//
//   lines   [sequence][mask head][query tile]          slots   [kv head][sequence][key tile]
#include <algorithm>
#include <lacuna/attention/head_view.hpp>
#include <lacuna/attention/mask/compile.hpp>
#include <lacuna/attention/prefill/options.hpp>
#include <lacuna/attention/prefill/tile.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

LACUNA_INLINE constexpr index_t tiles_of(index_t n) { return (n + tile_side - 1) / tile_side; }

/// Tokens of one sequence, and how many tiles the sequences before it have.
struct span_of_tokens {
  index_t q0, nq, k0, nk, q_tile, k_tile;
};

struct prefill_item {
  std::int32_t tiles, sequence, head, z;
};

/// Everything but the tensors.
template <class M>
struct prefill_plan {
  const M& mask;
  index_t heads, kv_heads, q_tokens, k_tokens, offset;
  array_view<const index_t> q_start, k_start;
  index_t mask_heads = mask::by_head<M> ? heads : 1;
  index_t sequences = q_start.size() > 0 ? q_start.size() - 1 : 1;
  // Filled by count() and fill(); in the workspace.
  index_t q_tiles = 0, k_tiles = 0, tiles = 0, slots = 0;
  span_of_tokens* span = nullptr;
  std::int32_t *ptr = nullptr, *idx = nullptr, *slot = nullptr;
  mask::cover* kind = nullptr;
  prefill_item* items = nullptr;

  index_t group() const { return heads / kv_heads; }
  index_t item_count() const { return heads * q_tiles; }
  index_t offset_of(const span_of_tokens& s) const { return offset == ends_meet ? s.nk - s.nq : offset; }
  /// The line of query tile z of head h.
  index_t line(const span_of_tokens& s, index_t h, index_t z) const {
    return s.q_tile * mask_heads + (mask_heads > 1 ? h : 0) * tiles_of(s.nq) + z;
  }
  std::int32_t& slot_of(const span_of_tokens& s, index_t kv, index_t c) const {
    return slot[kv * k_tiles + s.k_tile + c];
  }
  /// f(span) for every sequence; before fill() too.
  template <class F>
  void for_each_sequence(const F& f) const {
    span_of_tokens s{0, q_tokens, 0, k_tokens, 0, 0};
    for (index_t i = 0; i < sequences; ++i) {
      if (q_start.size() > 0)
        s = {q_start[i], q_start[i + 1] - q_start[i], k_start[i], k_start[i + 1] - k_start[i], s.q_tile,
             s.k_tile};
      f(i, s);
      s.q_tile += tiles_of(s.nq);
      s.k_tile += tiles_of(s.nk);
    }
  }
  /// The sequence of a key tile, counted over all.
  const span_of_tokens& sequence_of(index_t k_tile) const {
    index_t low = 0, high = sequences;  // the last sequence that starts at or before the tile
    while (high - low > 1) (span[(low + high) / 2].k_tile <= k_tile ? low : high) = (low + high) / 2;
    return span[low];
  }
  void count() {
    for_each_sequence([&](index_t, const span_of_tokens& s) {
      q_tiles += tiles_of(s.nq);
      k_tiles += tiles_of(s.nk);
      for (index_t h = 0; h < mask_heads; ++h)
        mask::for_each_tile(mask::of_head(mask, h), s.nq, s.nk, {}, offset_of(s),
                            [&](index_t, index_t, mask::cover) { ++tiles; });
    });
  }
  void carve(carver& part) {
    span = part.take<span_of_tokens>(sequences);
    ptr = part.take<std::int32_t>(q_tiles * mask_heads + 1);
    idx = part.take<std::int32_t>(tiles);
    kind = part.take<mask::cover>(tiles);
    slot = part.take<std::int32_t>(kv_heads * k_tiles);
    items = part.take<prefill_item>(item_count());
  }
  void fill() {
    std::int32_t n = 0;
    ptr[0] = 0;
    for_each_sequence([&](index_t i, const span_of_tokens& s) {
      span[i] = s;
      const index_t lines = tiles_of(s.nq);
      for (index_t h = 0; h < mask_heads; ++h) {
        std::int32_t* const end = ptr + line(s, h, 0) + 1;
        for (index_t z = 0; z < lines; ++z) end[z] = n;
        mask::for_each_tile(mask::of_head(mask, h), s.nq, s.nk, {}, offset_of(s),
                            [&](index_t z, index_t c, mask::cover k) {
                              idx[n] = static_cast<std::int32_t>(c);
                              kind[n] = k;
                              end[z] = ++n;
                            });
        for (index_t z = 1; z < lines; ++z) end[z] = end[z] < end[z - 1] ? end[z - 1] : end[z];
      }
    });
    fill_slots();
    fill_items();
  }

 private:
  void fill_slots() {
    std::fill_n(slot, kv_heads * k_tiles, -1);
    for (index_t i = 0; i < sequences; ++i)
      for (index_t h = 0; h<heads; h += mask_heads> 1 ? 1 : group())
        for (index_t z = 0; z < tiles_of(span[i].nq); ++z) {
          const index_t l = line(span[i], h, z);
          for (std::int32_t t = ptr[l]; t < ptr[l + 1]; ++t) {
            std::int32_t& to = slot_of(span[i], h / group(), idx[t]);
            if (to < 0) to = static_cast<std::int32_t>(slots++);
          }
        }
  }
  void fill_items() {
    prefill_item* to = items;
    for (index_t i = 0; i < sequences; ++i)
      for (index_t h = 0; h < heads; ++h)
        for (index_t z = 0; z < tiles_of(span[i].nq); ++z) {
          const index_t l = line(span[i], h, z);
          *to++ = {ptr[l + 1] - ptr[l], static_cast<std::int32_t>(i), static_cast<std::int32_t>(h),
                   static_cast<std::int32_t>(z)};
        }
    std::sort(items, to, [](const prefill_item& a, const prefill_item& b) {
      if (a.tiles != b.tiles) return a.tiles > b.tiles;
      if (a.sequence != b.sequence) return a.sequence < b.sequence;
      return a.head != b.head ? a.head < b.head : a.z < b.z;
    });
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
