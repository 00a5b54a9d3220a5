#pragma once
// SPDX-License-Identifier: BSL-1.0
// Panels of a bitmap of codes: a mask word spreads its bytes over 16 rows of four columns.
#include <lacuna/ops/codes/dense.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <grouped_for_codes C, class A>
struct code_walk<panel<bitmap, 4>, C, A> {
  using format = panel<bitmap, 4>;
  static constexpr int R = panel_registers<A>, L = A::lanes, step = 4, x_bytes = 4, bits = L * 4;
  static constexpr index_t group_steps = steps_of_group<group_period<C>, step>;
  static constexpr bool picks = false;

  static constexpr index_t steps(index_t cols) { return format::words(cols); }
  LACUNA_INLINE static void pack(const std::int8_t* q, index_t cols, index_t s, std::int8_t* to) {
    code_walk<panel<dense, 4>, C, A>::pack(q, cols, s, to);
  }
  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return a.where().at.panel_ptr[p];
  }
  /// zero: the zero points in every byte, of codes that have one.
  template <int U, int T, class F>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t p, index_t& slot, index_t s0,
                                 index_t s1, const simd::i32<A> (&zero)[R], const std::int8_t* x, F&& f) {
    const panel_values<C, 4, A> values(a.values().data());
    const std::uint64_t* const mask = a.where().at.mask.data() + p * format::words(a.cols()) + s0;
    in_phases<U>(s1 - s0, [&](auto phase, index_t s) LACUNA_LAMBDA {
      simd::prefetch_ahead(a.values().data() + codec_of<C>::elements(slot), 4096);
      simd::prefetch_ahead(mask + s, 2048);
      simd::i32<A> w[R];
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
        constexpr int shift = r * bits;
        const std::uint64_t slice =
            bits == 64 ? mask[s] : mask[s] >> shift & ((std::uint64_t{1} << bits % 64) - 1);
        const index_t at = slot + (shift == 0 ? 0 : simd::popcount(mask[s] << ((64 - shift) & 63)));
        const auto raw = values.expand(at, slice);
        w[r] = raw.u[0];
        if constexpr (codec_of<C>::has_zero) w[r] = w[r] | (zero[r] & (raw.kept ^ simd::set_i32<A>(-1)));
      });
      slot += simd::popcount(mask[s]);
      f(phase, w, broadcast_codes<1, T, A>{x + (s0 + s) * (T * x_bytes), 0});
    });
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
