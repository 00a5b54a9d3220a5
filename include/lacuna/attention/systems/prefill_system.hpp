#pragma once
// SPDX-License-Identifier: BSL-1.0
// A system of dynamic sparse prefill: a value with amounts that looks at Q and K and says which keys each query reads.
//
//   prefill(q, k, v, out, sample_attention_v2{});
//   const auto kept = choose(exec{}, q, k, flex_prefill{.gamma = .95});     kept.mask(), kept_share(kept, n)
//   prefill(q, k, v, out, mask::causal{} & kept.mask());                    the same in two steps
//
// One of the caller's own: a type with choose(where, q, k, scale) that returns something with mask(), a mask::pattern.
#include <lacuna/attention/prefill.hpp>
#include <lacuna/attention/sampled/kept.hpp>

namespace lacuna {

/// A mask that asks nothing of Q and K, in the place of kept_keys.
template <mask::pattern M>
struct static_keys {
  M of;
  LACUNA_INLINE const M& mask() const { return of; }
};

template <class S>
concept prefill_system = requires(const S& s, head_view<const float> x) {
  { s.choose(exec{}, x, x, 0.0f).mask() } -> mask::pattern;
};

inline namespace LACUNA_ARCH {

/// What a system keeps. scale 0: 1 / sqrt(dim).
template <exec_policy Exec, class Q, class K, prefill_system S>
auto choose(const Exec& where, head_view<Q> q, head_view<K> k, const S& system, float scale = 0) {
  return system.choose(where, q, k, scale);
}

/// Chooses, then attends what is kept, causally.
template <exec_policy Exec, class Q, class K, class V, class Out, prefill_system S, class T = float,
          class Logit = logit::unchanged>
void prefill(const Exec& where, head_view<Q> q, head_view<K> k, head_view<V> v, head_view<Out> out,
             const S& system, const prefill_options<T, Logit>& o = {}) {
  const auto kept = system.choose(where, q, k, o.scale);
  prefill(where, q, k, v, out, mask::causal{} & kept.mask(), o);
}
template <class Q, class K, class V, class Out, prefill_system S, class T = float,
          class Logit = logit::unchanged>
void prefill(head_view<Q> q, head_view<K> k, head_view<V> v, head_view<Out> out, const S& system,
             const prefill_options<T, Logit>& o = {}) {
  prefill(exec{}, q, k, v, out, system, o);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
