#pragma once
// SPDX-License-Identifier: BSL-1.0
// Panels of dense codes: a register is four columns of bytes, or the even and the odd four of eight half bytes.
#include <lacuna/ops/codes/codes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <int I, grouped_for_codes C, class A>
struct code_walk<panel<dense, I>, C, A> {
  using format = panel<dense, I>;
  static constexpr int R = panel_registers<A>, L = A::lanes, registers = I / 4, step = I, x_bytes = I;
  static constexpr index_t group_steps = steps_of_group<group_period<C>, step>;
  static constexpr bool picks = false;

  static constexpr index_t steps(index_t cols) { return (cols + I - 1) / I; }
  LACUNA_INLINE static void pack(const std::int8_t* q, index_t cols, index_t s, std::int8_t* to) {
    if (registers == 1 && s * I + I <= cols) {
      std::memcpy(to, q + s * I, 4);
      return;
    }
    for (int j = 0; j < I; ++j)
      to[j % registers * 4 + j / registers] = s * I + j < cols ? q[s * I + j] : std::int8_t{0};
  }
  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return p * format::panel_slots(a.cols());
  }
  template <int U, int T, class F>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t, index_t& slot, index_t s0,
                                 index_t s1, const simd::i32<A> (&)[R], const std::int8_t* x, F&& f) {
    const panel_values<C, I, A> values(a.values().data());
    in_phases<U>(s1 - s0, [&](auto phase, index_t s) LACUNA_LAMBDA {
      const index_t first = slot + s * (panel_rows * I);
      simd::prefetch_ahead(a.values().data() + codec_of<C>::elements(first), 4096);
      simd::i32<A> w[registers][R];
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
        const auto raw = values.load(first + r * L * I);
        simd::unroll<registers>([&](auto b) LACUNA_LAMBDA { w[b][r] = raw.u[b]; });
      });
      simd::unroll<registers>([&](auto b) LACUNA_LAMBDA {
        f(phase, w[b], broadcast_codes<registers, T, A>{x + (s0 + s) * (T * x_bytes), b});
      });
    });
    slot += (s1 - s0) * (panel_rows * I);
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
