#pragma once
// SPDX-License-Identifier: BSL-1.0
// Panels of dense: a register is the next 16 values (or 16 pairs), nothing to decode.
#include <lacuna/ops/panels/panels.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <int I, codec C, class A>
struct panel_walk<panel<dense, I>, C, A> {
  using format = panel<dense, I>;
  static constexpr int window = 1, R = panel_registers<A>, L = A::lanes;

  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return p * format::panel_slots(a.cols());
  }
  template <int U, int T, class F>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t, index_t& first, index_t k0,
                                 index_t k1, const float* x, F&& f) {
    const lane_values<C, A> values{a.values().data()};
    const index_t steps = (k1 - k0 + I - 1) / I;
    in_phases<U>(steps, [&](auto phase, index_t s) LACUNA_LAMBDA {
      const index_t slot = first + s * (panel_rows * I);
      if constexpr (!valueless_codec<C>) simd::prefetch_ahead(values.values + slot, 2048);
      panel_column<A> w[I];
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
        if constexpr (I == 1) {
          w[0][r] = values.load(slot + r * L);
        } else {
          const auto pairs = simd::load_raw<A>(values.values + slot + r * L * I);
          simd::unroll<I>([&](auto j) LACUNA_LAMBDA { w[j][r] = sub_lane<j>(pairs); });
        }
      });
      simd::unroll<I>([&](auto j) LACUNA_LAMBDA {
        f(constant<(phase * I + j) % U>{}, w[j], broadcast_x<T, A>{x + (s * I + j) * T});
      });
    });
    first += steps * (panel_rows * I);
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
