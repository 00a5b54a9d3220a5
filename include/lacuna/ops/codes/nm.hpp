#pragma once
// SPDX-License-Identifier: BSL-1.0
// Panels of N:M of codes: the four slots of a lane pick their bytes from a window of X that all rows share.
//
//   2:4, four slots     window x0 .. x7     fields 3 0 | 1 2   ->  bytes x3 x0 x5 x6
//
// Half bytes stay in the upper half of their byte: 16 times the code, a signed byte, with no mask to turn.
#include <cstring>
#include <lacuna/ops/codes/codes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The window that the slots of a step pick from; a step lies in one group of scales.
template <int N, int M, int I>
inline constexpr int pick_window = I > N ? I / N* M : M;
template <int N, int M, int I, class A>
inline constexpr bool can_pick =
    (N % I == 0 || I % N == 0) && pick_window<N, M, I> <= A::lanes * 4 &&
    (pick_window<N, M, I> & (pick_window<N, M, I> - 1)) == 0 && pick_window<N, M, I> >= 4;

template <int N, int M, int I, scaled_codec C, class A>
requires(can_pick<N, M, I, A> && !codec_of<C>::has_zero &&
         group_period<C> * N / M % I == 0) struct code_walk<panel<nm<N, M>, I>, C, A> {
  using format = panel<nm<N, M>, I>;
  static constexpr int R = panel_registers<A>, L = A::lanes, registers = I / 4, step = I;
  static constexpr int x_bytes = pick_window<N, M, I>, Bits = format::index_bits, F = format::F;
  static constexpr index_t group_steps = steps_of_group<group_period<C> * N / M, step>;
  static constexpr bool picks = true;

  static constexpr index_t steps(index_t cols) { return (nm<N, M>::row_slots(cols) + I - 1) / I; }
  LACUNA_INLINE static void pack(const std::int8_t* q, index_t cols, index_t s, std::int8_t* to) {
    const index_t first = s * I / N * M;
    std::int8_t window[x_bytes] = {};  // not in place: `to` might be `q`, for all that the compiler knows
    if (first + x_bytes <= cols)
      std::memcpy(window, q + first, x_bytes);
    else if (first < cols)
      std::memcpy(window, q + first, static_cast<std::size_t>(cols - first));
    for (std::int8_t& code : window) code = static_cast<std::int8_t>(code ^ -128);
    std::memcpy(to, window, x_bytes);
  }
  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return p * format::panel_slots(a.cols());
  }
  template <int U, int T, class Fn>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t p, index_t& slot, index_t s0,
                                 index_t s1, const simd::i32<A> (&)[R], const std::int8_t* x, Fn&& f) {
    const element_t<C>* const values = a.values().data();
    const std::uint32_t* const fields = a.where().at.fields.data() + p * format::panel_words(a.cols());
    constexpr index_t line_steps = F / I;
    for (index_t s = s0; s < s1;) {
      simd::i32<A> field[R];
      simd::prefetch_ahead(fields + s / line_steps * panel_rows, 2048);
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
        field[r] = simd::shr_by(simd::load_raw<A>(fields + s / line_steps * panel_rows + r * L),
                                static_cast<int>(s % line_steps) * I * Bits);
      });
      const index_t end = s / line_steps * line_steps + line_steps, last = end < s1 ? end : s1;
      in_phases<U>(last - s, [&](auto phase, index_t i) LACUNA_LAMBDA {
        some<T>(values, slot + i * (panel_rows * I), field, x + (s + i) * (T * x_bytes), phase, f);
      });
      slot += (last - s) * (panel_rows * I);
      s = last;
    }
  }

 private:
  /// Where in the window group j / N of a step starts, for the bytes j = b, b + registers, ...
  static constexpr std::int32_t starts(int b) {
    std::uint32_t word = 0;
    for (int byte = 0; byte < 4; ++byte)
      word |= static_cast<std::uint32_t>((byte * registers + b) / N * M) << (8 * byte);
    return I > N ? static_cast<std::int32_t>(word) : 0;
  }
  template <int T, class Phase, class Fn>
  LACUNA_INLINE static void some(const element_t<C>* values, index_t slot, simd::i32<A> (&field)[R],
                                 const std::int8_t* x, Phase phase, Fn& f) {
    simd::prefetch_ahead(values + codec_of<C>::elements(slot), 4096);
    simd::i32<A> w[registers][R], at[registers][R];
    simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
      const auto raw = simd::load_raw<A>(values + codec_of<C>::elements(slot + r * L * I));
      const auto high = simd::set_i32<A>(static_cast<std::int32_t>(0xf0f0f0f0u));
      if constexpr (codec_of<C>::bits == 8) {
        w[0][r] = raw;
      } else {
        w[0][r] = simd::shl<4>(raw) & high;
        w[1][r] = raw & high;
      }
      simd::unroll<registers>([&](auto b) LACUNA_LAMBDA {
        at[b][r] = simd::spread_fields<Bits, b, registers>(field[r]) | simd::set_i32<A>(starts(b));
      });
      if constexpr (I * Bits < 32) field[r] = simd::shr<I * Bits % 32>(field[r]);
    });
    simd::unroll<registers>([&](auto b) LACUNA_LAMBDA {
      f(phase, w[b], [&](int t, int r) LACUNA_LAMBDA {
        return simd::lookup_raw<1, A>(at[b][r], simd::window_raw<x_bytes, A>(x + t * x_bytes));
      });
    });
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
