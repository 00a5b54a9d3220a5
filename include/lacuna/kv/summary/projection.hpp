#pragma once
// SPDX-License-Identifier: BSL-1.0
// Projection: a learned linear map of a window of keys to one (the compression of NSA, arXiv 2502.11089).
//
//   unit m = sum over its tokens i of (k[m * stride + i] + position[i]) * W[i]        W[i]: D x D, channels in, channels out
//
// Float sums in the order of the tokens, rounded to bf16 once. With W[i] = identity / unit it is summary::mean.
#include <bit>
#include <lacuna/kv/codec/plain.hpp>
#include <lacuna/kv/summary/summary.hpp>

namespace lacuna {
namespace summary {

struct projection {
  int unit = 32, stride = 16;           ///< tokens
  array_view<const float> weights{};    ///< borrowed, [1 or kv_heads][unit][D][D]; must outlive the cache
  array_view<const float> positions{};  ///< borrowed, [unit][D], or none

  static constexpr const char* name = "projection";
  LACUNA_INLINE static plain_key<bf16> key() { return {}; }
  LACUNA_INLINE summary_sizes sizes(kv_shape z, index_t kv_heads) const {
    check_windows({unit, stride});
    const index_t D = z.head_dim, one = unit * D * D, n = weights.size(), p = positions.size();
    if ((n != one && n != kv_heads * one) || (p != 0 && p != unit * D))
      fail(errc::argument, "summary: need weights [1 or " + count_text(kv_heads) + "][" + count_text(unit) +
                               "][" + count_text(D) + "][" + count_text(D) + "], positions [" +
                               count_text(unit) + "][" + count_text(D) + "] or none; got " + count_text(n) +
                               " and " + count_text(p));
    const kv_shape tile{z.head_dim, tile_units};
    return {{unit, stride}, tile, key().section_bytes(tile), 0, z.width(), 0, 0};
  }
  /// For files, which do not hold the weights: the caller's must be those of the cache that was saved.
  LACUNA_INLINE std::vector<std::int64_t> amounts() const {
    std::uint64_t sum = 0;
    for (const auto& all : {weights, positions})
      for (const float x : all) sum = (sum ^ std::bit_cast<std::uint32_t>(x)) * 0x9e3779b97f4a7c15u;
    return {unit, stride, static_cast<std::int64_t>(sum)};
  }
  LACUNA_INLINE bool restore(array_view<const std::int64_t> a) {
    const std::vector<std::int64_t> own = amounts();
    return a.size() == 3 && std::equal(own.begin(), own.end(), a.begin());
  }
  template <class A>
  void begin(A, float* state, kv_shape z) const {
    for (int d = 0; d < z.width(); ++d) state[d] = 0;
  }
  template <class A>
  void add(A, index_t head, int at, const float* row, float* state, kv_shape z) const {
    const index_t D = z.head_dim, one = unit * D * D;
    const float* w = weights.data() + (weights.size() == one ? 0 : head * one) + at * D * D;
    for (int in = 0; in < z.head_dim; ++in, w += D) {
      const float x = positions.size() > 0 ? row[in] + positions.data()[at * D + in] : row[in];
      for (int out = 0; out < z.head_dim; ++out) state[out] += x * w[out];
    }
  }
  template <class A>
  void put(A arch, index_t, const float* state, kv_shape z, std::byte* keys, std::byte*, int lane) const {
    key().put(arch, keys, lane, state, {z.head_dim, tile_units});
  }
  template <class A>
  void clear(A arch, kv_shape z, std::byte* keys, std::byte*, int lane) const {
    const float zero[most_head_dim] = {};
    key().put(arch, keys, lane, zero, {z.head_dim, tile_units});
  }
};

}  // namespace summary
}  // namespace lacuna
