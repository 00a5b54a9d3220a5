#pragma once
// SPDX-License-Identifier: BSL-1.0
// Panels of dense: a register is the next 16 values (or 16 pairs), nothing to decode. A plain dense matrix gives
// chunks of panels, too, mirrored in registers on the way.
#include <lacuna/ops/panels/panels.hpp>
#include <lacuna/simd/transpose.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <int I, codec C, class A>
struct panel_walk<panel<dense, I>, C, A> {
  using format = panel<dense, I>;
  static constexpr int window = 1, granule = I > 4 ? I : 4, R = panel_registers<A>, L = A::lanes;

  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return p * format::panel_slots(a.cols());
  }
  template <int U, int T, class F>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t p, index_t& first, index_t k0,
                                 index_t k1, const float* x, F&& f) {
    const panel_values<C, I, A> values(a.values().data());
    panel_scales<format, C, I, A, group_period<C>> scales(a, p, k0);
    const index_t steps = (k1 - k0 + I - 1) / I;
    in_phases<U>(steps, [&](auto phase, index_t s) LACUNA_LAMBDA {
      const index_t slot = first + s * (panel_rows * I);
      if constexpr (!valueless_codec<C>)
        simd::prefetch_ahead(a.values().data() + codec_of<C>::elements(slot), 2048);
      scales.move_to(k0 + s * I);
      panel_column<A> w[I];
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
        const auto raw = values.load(slot + r * L * I);
        simd::unroll<I>([&](auto j) LACUNA_LAMBDA { w[j][r] = scales.template column<j>(raw, r); });
      });
      simd::unroll<I>([&](auto j) LACUNA_LAMBDA {
        f(constant<(phase * I + j) % U>{}, w[j], broadcast_x<T, A>{x + (s * I + j) * T});
      });
    });
    first += steps * (panel_rows * I);
  }
};

template <codec C, class A>
struct panel_walk<dense, C, A> {
  static constexpr int window = 1, granule = 4, L = A::lanes;
  LACUNA_INLINE static index_t start(const sparse_view<dense, C>&, index_t) { return 0; }
  /// Columns [k0, k1) of rows 16 p .. 16 p + 15 as floats, [k][16]; zeros for rows past the last.
  LACUNA_INLINE static void expand(const sparse_view<dense, C>& a, index_t p, index_t k0, index_t k1,
                                   float* to) {
    if constexpr (scaled_codec<C>) return expand_by_values(a, p, k0, k1, to);
    const lane_values<C, A> values{a.values().data()};
    alignas(64) float rows[panel_rows * L], last[panel_rows * L];
    for (index_t k = k0; k < k1; k += L) {
      const int n = static_cast<int>(k1 - k < L ? k1 - k : L);
      for (index_t r = 0; r < panel_rows; ++r) {
        const index_t i = p * panel_rows + r, slot = i * a.cols() + k;
        simd::store(rows + r * L, i >= a.rows() ? simd::zero<A>()
                                  : n == L      ? values.load(slot)
                                                : values.load_first(slot, n));
      }
      float* const square = n == L ? to + (k - k0) * panel_rows : last;
      for (index_t r = 0; r < panel_rows; r += L) simd::transpose<A>(rows + r * L, L, square + r, panel_rows);
      for (index_t i = 0; n < L && i < n * panel_rows; ++i) to[(k - k0) * panel_rows + i] = last[i];
    }
  }

 private:
  LACUNA_INLINE static void expand_by_values(const sparse_view<dense, C>& a, index_t p, index_t k0,
                                             index_t k1, float* to) {
    for (index_t r = 0; r < panel_rows; ++r) {
      const index_t i = p * panel_rows + r;
      for (index_t k = k0; k < k1; ++k)
        to[(k - k0) * panel_rows + r] = i < a.rows() ? a.value(i, k, i * a.cols() + k) : 0.0f;
    }
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
