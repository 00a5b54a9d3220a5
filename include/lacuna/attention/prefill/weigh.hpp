#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scores to weights: the online softmax over one block of 16 queries, lanes = queries, so no reduction crosses lanes.
//
//   before    s <- log2(e) policy(s), -inf where the mask has no bit              only if there is either
//   m' = max(m, s)    rescale = 2^(m - m')    p = 2^(s - m')    l' = l rescale + sum p
//
// m starts finite (no_score), so rows that see nothing keep l = 0 and get weights 0, not NaN.
#include <lacuna/attention/logit/logit.hpp>
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/attention/prefill/shape.hpp>
#include <lacuna/simd/pairs.hpp>
#include <limits>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

inline constexpr float log2e = 1.44269504f;

/// Bit q of seen[k] is bit k of rows[q]: a square of 64 bits mirrored, in place (Hacker's Delight 7-3).
LACUNA_INLINE void mirror_bits(std::uint64_t* rows) {
  std::uint64_t mask = 0x00000000ffffffffu;
  for (int j = 32; j > 0; j >>= 1, mask ^= mask << j)
    for (int k = 0; k < 64; k = (k + j + 1) & ~j) {
      const std::uint64_t t = ((rows[k] >> j) ^ rows[k + j]) & mask;
      rows[k] ^= t << j;
      rows[k + j] ^= t;
    }
}

/// seen[k]: the queries of the tile at positions q .. q + 63 that see key k0 + k.
template <class M>
LACUNA_NOINLINE void seen_keys(const M& m, index_t q, index_t queries, index_t k0, index_t nk,
                               std::uint64_t* seen) {
  const std::uint64_t live = mask::first_bits(nk - k0);
  for (index_t i = 0; i < tile_side; ++i) seen[i] = i < queries ? m.row(q + i, k0) & live : 0;
  mirror_bits(seen);
}

/// Policy and mask on the scores of keys k0 .. k0 + 63, queries q .. q + 15: s is [key][16]. `seen` may be nullptr.
template <class A, logit::policy Logit>
LACUNA_NOINLINE void change_scores(float* s, const Logit& logit, logit::place at, const std::uint64_t* seen,
                                   int block) {
  const auto absent = simd::set16<A>(-std::numeric_limits<float>::infinity());
  for (int k = 0; k < tile_side; ++k, ++at.k, s += 16) {
    auto x = simd::load16<A>(s);
    if constexpr (!std::is_same_v<Logit, logit::unchanged>) x = logit.apply(x, at) * simd::set16<A>(log2e);
    if (seen != nullptr)
      x = simd::blend(static_cast<std::uint32_t>(seen[k] >> (16 * block)) & 0xffffu, x, absent);
    simd::store16(s, x);
  }
}

/// keys % 8 == 0. Weights go to p as words: [key][16], or [key / 2][16] pairs; p may be s.
template <class A, class T>
LACUNA_NOINLINE void weigh(const float* s, index_t keys, float* m, float* l, float* rescale, float* p) {
  constexpr int L = A::lanes;
  for (int v = 0; v < 16; v += L) {
    const simd::f32<A> old = simd::load<A>(m + v);
    simd::f32<A> top[4] = {old, old, old, old};
    for (index_t k = 0; k < keys; k += 4)
      simd::unroll<4>([&](auto u)
                          LACUNA_LAMBDA { top[u] = simd::max(simd::load<A>(s + (k + u) * 16 + v), top[u]); });
    const simd::f32<A> best = simd::max(simd::max(top[0], top[1]), simd::max(top[2], top[3]));
    const simd::f32<A> factor = simd::exp2(old - best);
    simd::f32<A> sum[2] = {simd::load<A>(l + v) * factor, simd::zero<A>()};
    for (index_t k = 0; k < keys; k += 2) {
      simd::f32<A> x[2];
      simd::unroll<2>([&](auto u) LACUNA_LAMBDA {
        x[u] = simd::exp2(simd::load<A>(s + (k + u) * 16 + v) - best);
        sum[u] = sum[u] + x[u];
      });
      if constexpr (word_step<T>::per == 1)
        simd::unroll<2>([&](auto u) LACUNA_LAMBDA { simd::store(p + (k + u) * 16 + v, x[u]); });
      else
        simd::store_raw(p + k / 2 * 16 + v, simd::pair_bf16(x[0], x[1]));
    }
    simd::store(m + v, best);
    simd::store(l + v, sum[0] + sum[1]);
    simd::store(rescale + v, factor);
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
