#pragma once
// SPDX-License-Identifier: BSL-1.0
// What may happen to a score before the softmax: a policy that prefill calls on 16 scores at once, one key and the
// queries q .. q + 15. `unchanged` costs nothing.
//
//   logit::alibi{slopes}                 s + slope[h] (k - q)                    (Press et al.)
//   logit::soft_cap{50}                  50 tanh(s / 50)                         (Gemma 2)
//   logit::soft_cap{50} | logit::alibi{slopes}                                  one after the other
//   logit::each{f}                       f(s, h, q, k) for every score: any bias at all, but one call a score
//
// Scores are scaled (q.k / sqrt(dim)) natural logits; q and k are positions, h the query head. Own policies: a type
// with `apply`, as below.
#include <cmath>
#include <lacuna/core/aligned.hpp>
#include <lacuna/simd/sixteen.hpp>

namespace lacuna {
namespace logit {

/// Which scores: query head h, queries q .. q + 15, key k.
struct place {
  index_t h, q, k;
};

struct unchanged {
  template <class A>
  LACUNA_INLINE simd::f32x16<A> apply(simd::f32x16<A> s, place) const {
    return s;
  }
};

template <class P>
concept policy = requires(const P& p, simd::f32x16<simd::plain> s, place at) {
  { p.apply(s, at) } -> std::same_as<simd::f32x16<simd::plain>>;
};

inline namespace LACUNA_ARCH {

/// 0, 1, ... 15.
template <class A>
LACUNA_INLINE simd::f32x16<A> counted() {
  alignas(64) static constexpr float lane[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return simd::load16<A>(lane);
}
/// tanh by e^-2|x|, within 2^-22 absolutely: what a cap needs.
template <class A>
LACUNA_INLINE simd::f32x16<A> capped(simd::f32x16<A> s, float limit) {
  const auto x = simd::set16<A>(2.88539008f / limit) * s;  // 2 s / (limit ln 2)
  const auto e = simd::exp2(simd::max(simd::set16<A>(-100.0f), simd::min(simd::set16<A>(100.0f), x)));
  const auto one = simd::set16<A>(1);
  return simd::set16<A>(limit) * ((e - one) / (e + one));
}

}  // namespace LACUNA_ARCH

/// One slope for each query head; borrowed.
struct alibi {
  array_view<const float> slope{};
  template <class A>
  LACUNA_INLINE simd::f32x16<A> apply(simd::f32x16<A> s, place at) const {
    const auto before = simd::set16<A>(static_cast<float>(at.k - at.q)) - counted<A>();
    return simd::fma(simd::set16<A>(slope[at.h]), before, s);
  }
};

/// limit tanh(s / limit); limit > 0.
struct soft_cap {
  float limit = 50;
  template <class A>
  LACUNA_INLINE simd::f32x16<A> apply(simd::f32x16<A> s, place) const {
    return capped(s, limit);
  }
};

/// f(s, h, q, k) -> score.
template <class F>
struct each {
  F f;
  template <class A>
  LACUNA_INLINE simd::f32x16<A> apply(simd::f32x16<A> s, place at) const {
    float lane[16];
    simd::store16(lane, s);
    for (int l = 0; l < 16; ++l) lane[l] = f(lane[l], at.h, at.q + l, at.k);
    return simd::load16<A>(lane);
  }
};
template <class F>
each(F) -> each<F>;

/// a, then b.
template <policy P, policy Q>
struct sequence {
  P a;
  Q b;
  template <class A>
  LACUNA_INLINE simd::f32x16<A> apply(simd::f32x16<A> s, place at) const {
    return b.apply(a.apply(s, at), at);
  }
};
template <policy P, policy Q>
constexpr sequence<P, Q> operator|(P a, Q b) {
  return {a, b};
}

}  // namespace logit
}  // namespace lacuna
