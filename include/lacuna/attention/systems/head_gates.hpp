#pragma once
// SPDX-License-Identifier: BSL-1.0
// DuoAttention's gates (arXiv 2410.10819), as LServe uses them: which KV heads stream, which retrieve.
//
//   gates    [layers][kv_heads], learned: 1 a head that looks far back, 0 one that does not
//   split_by_gates(gates, .5)      clipped to [0, 1]; below the quantile: streaming, from it on: retrieval
//   lserve{.streaming = s.streaming[layer]}
//
// The quantile of all gates of the model, interpolated between neighbours as is usual, so ceil(sparsity * (n - 1)) heads of
// n stream. Gates that are equal after the clip are told apart by a noise far below 1e-6 that depends on the seed alone:
// here an order by hash, so that no gate passes another that differs from it.
#include <algorithm>
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <numeric>
#include <vector>

namespace lacuna {

struct head_split {
  index_t layers = 0, kv_heads = 0;
  std::vector<std::uint64_t> streaming;  ///< [layers]; bit h: KV head h streams. The first 64 heads
  std::vector<std::int32_t>
      slot;  ///< [layers][kv_heads]: the place of a head among those of its kind in the layer

  LACUNA_INLINE bool streams(index_t layer, index_t head) const {
    return (streaming[static_cast<std::size_t>(layer)] >> head & 1) != 0;
  }
};

namespace detail {
inline namespace LACUNA_ARCH {

/// splitmix64.
LACUNA_INLINE std::uint64_t hash_of(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// Heads whose gates lie below the quantile `sparsity` stream. Fails with errc::argument for more than 64 heads, a sparsity
/// outside [0, 1] or a gate that is not a number.
inline head_split split_by_gates(matrix_view<const float> gates, double sparsity = 0.5,
                                 std::uint64_t seed = 0) {
  const index_t L = gates.rows(), H = gates.cols(), n = L * H;
  if (H > 64 || !(sparsity >= 0 && sparsity <= 1))
    fail(errc::argument, "split_by_gates: need at most 64 KV heads and 0 <= sparsity <= 1; got " +
                             count_text(H) + " and " + std::to_string(sparsity));
  std::vector<float> clipped(static_cast<std::size_t>(n));
  for (index_t i = 0; i < n; ++i) {
    const float g = gates(i / H, i % H);
    if (!(g == g))
      fail(errc::argument, "split_by_gates: need gates that are numbers; got another at " + count_text(i));
    clipped[static_cast<std::size_t>(i)] = std::clamp(g, 0.0f, 1.0f);
  }
  std::vector<std::size_t> order(clipped.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (clipped[a] != clipped[b]) return clipped[a] < clipped[b];
    const auto x = detail::hash_of(seed ^ detail::hash_of(a)), y = detail::hash_of(seed ^ detail::hash_of(b));
    return x != y ? x < y : a < b;
  });
  const auto below = n == 0 ? 0 : static_cast<std::size_t>(std::ceil(sparsity * static_cast<double>(n - 1)));
  head_split s{L, H, std::vector<std::uint64_t>(static_cast<std::size_t>(L)),
               std::vector<std::int32_t>(clipped.size())};
  for (std::size_t r = 0; r < below; ++r)
    s.streaming[order[r] / static_cast<std::size_t>(H)] |= std::uint64_t{1}
                                                           << order[r] % static_cast<std::size_t>(H);
  for (index_t l = 0; l < L; ++l) {
    std::int32_t next[2] = {0, 0};
    for (index_t h = 0; h < H; ++h)
      s.slot[static_cast<std::size_t>(l * H + h)] = next[s.streams(l, h) ? 1 : 0]++;
  }
  return s;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
