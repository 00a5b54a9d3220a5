#pragma once
// SPDX-License-Identifier: BSL-1.0
// Numbers of tokens that the cache cannot know by itself: callers observe them, and the cache keeps them with the tokens.
//
//   c.observe<summary::mass>(head, first, weights)      weights[i] of token first + i
//
// summary::mass         attention that a token got, summed (H2O, arXiv 2306.14048; TOVA and SnapKV with decay 0)
// summary::value_bias   a logit to add to a token's score whatever the query is (NOSA); the last one observed counts
//
// Tiles of 16 floats, of tokens in the tail too; zeros until something is observed.
#include <bit>
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <lacuna/kv/summary/summary.hpp>

namespace lacuna {
namespace summary {

/// Tiles of a float for each token.
LACUNA_INLINE summary_sizes number_sizes() {
  return {{1, 1}, {1, tile_units}, tile_units * sizeof(float), 0, 0, 0, 1};
}

struct mass {
  float decay = 1;  ///< of what was there, with each observation: 1 sums all, 0 keeps the last

  static constexpr const char* name = "mass";
  LACUNA_INLINE summary_sizes sizes(kv_shape, index_t) const { return number_sizes(); }
  LACUNA_INLINE float next(float had, float observed) const { return decay * had + observed; }
  LACUNA_INLINE std::vector<std::int64_t> amounts() const { return {std::bit_cast<std::int32_t>(decay)}; }
  LACUNA_INLINE bool restore(array_view<const std::int64_t> a) {
    std::int32_t bits = 0;
    if (!detail::restore_ints(a, bits)) return false;
    decay = std::bit_cast<float>(bits);
    return true;
  }
  template <class A>
  void clear(A, kv_shape, std::byte* keys, std::byte*, int lane) const {
    std::memset(keys + lane * 4, 0, 4);
  }
};

struct value_bias {
  static constexpr const char* name = "value_bias";
  LACUNA_INLINE summary_sizes sizes(kv_shape, index_t) const { return number_sizes(); }
  LACUNA_INLINE float next(float, float observed) const { return observed; }
  LACUNA_INLINE static std::vector<std::int64_t> amounts() { return {}; }
  LACUNA_INLINE static bool restore(array_view<const std::int64_t> a) { return a.size() == 0; }
  template <class A>
  void clear(A, kv_shape, std::byte* keys, std::byte*, int lane) const {
    std::memset(keys + lane * 4, 0, 4);
  }
};

/// The number of a token.
LACUNA_INLINE float number_of(const view& s, index_t token) {
  float x;
  std::memcpy(&x, s.units.key(static_cast<std::uint32_t>(token / tile_units)) + token % tile_units * 4, 4);
  return x;
}

}  // namespace summary

/// A summary that callers feed.
template <class S>
concept observed_summary = kv_summary<S> && requires(const S s) {
  { s.next(0.0f, 0.0f) } -> std::same_as<float>;
};

inline namespace LACUNA_ARCH {

/// NOSA's logits of one token: b[h] = scale[h] * softplus(delta[h] . v), v [kv_heads * head_dim] the values of all KV heads,
/// delta [kv_heads, kv_heads * head_dim].
inline void value_bias_of(matrix_view<const float> delta, array_view<const float> scale, const float* v,
                          float* b) {
  for (index_t h = 0; h < delta.rows(); ++h) {
    double x = 0;
    for (index_t d = 0; d < delta.cols(); ++d) x += double(delta(h, d)) * v[d];
    b[h] = scale[h] * static_cast<float>(x > 30 ? x : std::log1p(std::exp(x)));
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
