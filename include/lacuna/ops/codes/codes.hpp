#pragma once
// SPDX-License-Identifier: BSL-1.0
// How a packed panel of integer codes meets tokens of 8-bit integers: four products a lane, lanes are the 16 rows.
// `code_walk<P, C, A>` has
//
//   step, x_bytes         columns (N:M: slots) of a step, and the bytes of X that a token has for it
//   group_steps           steps of a scale cell, or of `longest_group` columns where a row has one cell
//   steps(cols)           steps of a row
//   pack(q, cols, s, to)  the x_bytes of step s from a token's codes
//   picks                 rows choose among a step's X (N:M): w is signed then, X unsigned; else u unsigned, X signed
//   start(a, p)           the slot of panel p's first value
//   walk<U, T>(a, p, slot, s0, s1, zero, x, f)
//                         f(phase, w, x_at) for each register w[R] of the steps [s0, s1): x_at(t, r) is what
//                         register r of it meets of token t; slot moves along; packed X is [step][T][x_bytes]
//
//   sum of a group:  s * (sum u x - z sum x)     u = code + offset, z as in ops/panels/values.hpp; exact until the s
#include <cstdint>
#include <lacuna/ops/panels/panels.hpp>
#include <lacuna/simd/dot.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// There is none for other patterns.
template <class P, codec C, class A>
struct code_walk {};
template <class P, class C, class A>
concept walks_codes = requires {
  code_walk<P, C, A>::group_steps;
};

/// Columns whose products are added as integers at most: 31 bits hold those of 65000.
inline constexpr index_t longest_group = 16384;
template <class C>
concept grouped_for_codes = scaled_codec<C> && group_period<C>
<= longest_group;
template <index_t Columns, index_t Step>
inline constexpr index_t steps_of_group = (Columns == 0 ? longest_group : Columns) / Step;

/// Word b of the X of a step, for every row.
template <int Words, int T, class A>
struct broadcast_codes {
  const std::int8_t* x;
  int b;
  LACUNA_INLINE simd::i32<A> operator()(int t, int) const {
    std::int32_t word;
    std::memcpy(&word, x + (t * Words + b) * 4, 4);
    return simd::set_i32<A>(word);
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
