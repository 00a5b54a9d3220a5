#pragma once
// SPDX-License-Identifier: BSL-1.0
// How a packed panel fills SIMD lanes: lanes are its 16 rows, one column (or N:M slot) at a time.
// `panel_walk<P, C, A>` has
//
//   window                    columns that lie together in packed X: 1, or the M of a group
//   granule                   columns that packed X is filled to: what the last step of a walk may touch
//   start(a, p)               the slot of panel p's first value
//   walk<U, T>(a, p, slot, k0, k1, x, f)
//                             f(phase, w, x_at) for each column of panel p in [k0, k1), multiples of `step` but for
//                             the end: w[R] are its 16 weights, x_at(t, r) what register r of them is multiplied
//                             with for token t; phase as in ops/lanes; slot moves along
//
// Packed X is [cols / window][T][window], zeros after the last column: X(k, t) is read by broadcast.
#include <lacuna/ops/panels/values.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <class P, codec C, class A>
struct panel_walk;

/// Panels of N:M: what is stored is not in the order of columns.
template <class P>
inline constexpr bool has_groups = requires {
  P::M;
};

/// X of token t for every row: one value, broadcast.
template <int T, class A>
struct broadcast_x {
  const float* x;
  LACUNA_INLINE simd::f32<A> operator()(int t, int) const { return simd::set<A>(x[t]); }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
