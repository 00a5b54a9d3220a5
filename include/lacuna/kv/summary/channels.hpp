#pragma once
// SPDX-License-Identifier: BSL-1.0
// Channels: a label cache, some channels of each key (Double Sparsity, arXiv 2408.07092), each token a unit.
//
//   key of head 0    . a . . b . c .        list of head 0: 4 1 6        label   b a c
//
// summary::channels{.count = 3, .list = {4, 1, 6,  0, 2, 7}} for two KV heads; without a list the first channels.
// basic_channels<int4<32>> stores labels in 4 bits; any codec that writes a token at a time does. A query is scored by
// the same channels: `query` gathers them.
#include <lacuna/kv/codec/plain.hpp>
#include <lacuna/kv/summary/summary.hpp>
#include <vector>

namespace lacuna {
namespace summary {

template <class Word = bf16>
struct basic_channels {
  static_assert(in_place<key_codec_of<Word>>, "lacuna: labels are stored one token at a time");
  int count = 16;                  ///< channels of a label
  std::vector<std::int32_t> list;  ///< [kv_heads][count], or none

  static constexpr const char* name = "channels";
  using word = Word;
  LACUNA_INLINE static key_codec_of<Word> key() { return {}; }
  LACUNA_INLINE kv_shape tile() const { return {count, tile_units}; }
  LACUNA_INLINE int channel(index_t head, int c) const {
    return list.empty() ? c : list[static_cast<std::size_t>(head * count + c)];
  }
  LACUNA_INLINE summary_sizes sizes(kv_shape z, index_t kv_heads) const {
    if (count < 1 || count > z.head_dim)
      fail(errc::argument, "summary: need 1 <= channels of a label <= " + count_text(z.head_dim) + "; got " +
                               count_text(count));
    const auto n = static_cast<index_t>(list.size());
    if (n != 0 && n != kv_heads * count)
      fail(errc::argument, "summary: need a list of " + count_text(count) + " channels for each of " +
                               count_text(kv_heads) + " heads, or none; got " + count_text(n));
    for (const std::int32_t c : list)
      if (c < 0 || c >= z.head_dim)
        fail(errc::argument,
             "summary: need 0 <= channel < " + count_text(z.head_dim) + "; got " + count_text(c));
    return {{1, 1}, tile(), key().section_bytes(tile()), 0, tile().width(), 4 * n, 0};
  }
  /// For files.
  LACUNA_INLINE std::vector<std::int64_t> amounts() const {
    std::vector<std::int64_t> a{count};
    a.insert(a.end(), list.begin(), list.end());
    return a;
  }
  LACUNA_INLINE bool restore(array_view<const std::int64_t> a) {
    if (a.size() < 1 || !detail::restore_ints({a.data(), 1}, count)) return false;
    list.assign(static_cast<std::size_t>(a.size() - 1), 0);
    for (std::size_t n = 0; n < list.size(); ++n)
      if (!detail::restore_ints({a.data() + 1 + n, 1}, list[n])) return false;
    return true;
  }
  template <class A>
  void begin(A, float* state, kv_shape) const {
    for (int c = 0; c < tile().width(); ++c) state[c] = 0;
  }
  template <class A>
  void add(A arch, index_t head, int, const float* row, float* state, kv_shape) const {
    query(arch, head, row, state);
  }
  template <class A>
  void put(A arch, index_t, const float* state, kv_shape, std::byte* keys, std::byte*, int lane) const {
    key().put(arch, keys, lane, state, tile());
  }
  template <class A>
  void clear(A arch, kv_shape, std::byte* keys, std::byte*, int lane) const {
    const float zero[most_head_dim] = {};
    key().put(arch, keys, lane, zero, tile());
  }
  /// The channels of a query of KV head `head`: tile().width() floats, zeros past `count`.
  template <class A>
  void query(A, index_t head, const float* row, float* label) const {
    for (int c = 0; c < tile().width(); ++c) label[c] = c < count ? row[channel(head, c)] : 0.0f;
  }
};
using channels = basic_channels<>;

}  // namespace summary
}  // namespace lacuna
