#pragma once
// SPDX-License-Identifier: BSL-1.0
// One number per unit from the numbers of the query heads that share a KV head: a policy of every scorer.
//
//   reduce::max         the best of the group         (ShadowKV; a unit that any head wants)
//   reduce::sum         their sum                     (InfLLM-V2, NSA, Sparse Frontier's Quest)
//   reduce::mean        their mean                    (Kinetics): ranks as sum does
//   reduce::per_head    none: every query head makes its own list   (Quest and LServe as published)
//
// Published systems differ here, so results should say which one made them.
#include <lacuna/simd/sixteen.hpp>

namespace lacuna {
namespace reduce {

struct max {
  static constexpr bool per_query = false, linear = false;
  template <class A>
  LACUNA_INLINE static simd::f32x16<A> step(simd::f32x16<A> a, simd::f32x16<A> b) {
    return simd::max(a, b);
  }
  LACUNA_INLINE static constexpr float factor(int) { return 1; }
};
struct sum {
  static constexpr bool per_query = false, linear = true;
  template <class A>
  LACUNA_INLINE static simd::f32x16<A> step(simd::f32x16<A> a, simd::f32x16<A> b) {
    return a + b;
  }
  LACUNA_INLINE static constexpr float factor(int) { return 1; }
};
struct mean : sum {
  LACUNA_INLINE static constexpr float factor(int group) { return 1.0f / static_cast<float>(group); }
};
/// Selectors run once for each query head, so there is nothing left to reduce.
struct per_head : max {
  static constexpr bool per_query = true;
};

template <class R>
concept group_reduction = requires(simd::f32x16<simd::plain> x) {
  { R::step(x, x) } -> std::same_as<simd::f32x16<simd::plain>>;
  { R::factor(4) } -> std::convertible_to<float>;
  { R::per_query } -> std::convertible_to<bool>;
  { R::linear } -> std::convertible_to<bool>;  ///< of sums: the sum of q.k is (the sum of q).k
};

}  // namespace reduce
}  // namespace lacuna
