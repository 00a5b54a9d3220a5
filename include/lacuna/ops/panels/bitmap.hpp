#pragma once
// SPDX-License-Identifier: BSL-1.0
// Panels of bitmap: a mask word is 4 columns; each register expands the next popcount(its bits) values.
#include <lacuna/ops/panels/panels.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <int I, codec C, class A>
struct panel_walk<panel<bitmap, I>, C, A> {
  using format = panel<bitmap, I>;
  static constexpr int window = 1, granule = 4, R = panel_registers<A>, L = A::lanes;
  static constexpr int bits = L * I;  // of a register

  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return a.where().at.panel_ptr[p];
  }
  template <int U, int T, class F>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t p, index_t& slot, index_t k0,
                                 index_t k1, const float* x, F&& f) {
    const panel_values<C, I, A> values(a.values().data());
    panel_scales<format, C, I, A, group_period<C>> scales(a, p, k0);
    const std::uint64_t* const mask = a.where().at.mask.data() + p * format::words(a.cols()) + k0 / 4;
    for (index_t q = 0; q < (k1 - k0 + 3) / 4; ++q) {
      prefetch(a.values().data() + codec_of<C>::elements(slot), mask + q);
      scales.move_to(k0 + q * 4);
      word<U, T>(values, scales, mask[q], slot, x + q * (4 * T), f);
      slot += simd::popcount(mask[q]);
    }
  }

 private:
  /// Steps of varying size are not followed by the hardware: 4 KB ahead took f32 from 11 to 40 GB/s on a Zen 5.
  /// Half a word's values are one line for 2 bytes, two for 4.
  LACUNA_INLINE static void prefetch(const element_t<C>* v, const std::uint64_t* mask) {
    if constexpr (!valueless_codec<C>) {
      simd::prefetch_ahead(v, 4096);
      if constexpr (sizeof(element_t<C>) >= 4) simd::prefetch_ahead(v, 4096 + 64);
    }
    simd::prefetch_ahead(mask, 1024);
  }
  template <int U, int T, class Values, class Scales, class F>
  LACUNA_INLINE static void word(const Values& values, const Scales& scales, std::uint64_t mask, index_t slot,
                                 const float* x, F& f) {
    simd::unroll<4 / I>([&](auto s) LACUNA_LAMBDA {
      panel_column<A> w[I];
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
        // Offsets are popcounts of the bits below, so the chain from word to word is one add.
        constexpr int shift = (s * R + r) * bits;
        const std::uint64_t slice = bits == 64 ? mask : mask >> shift & ((std::uint64_t{1} << bits % 64) - 1);
        const index_t at = slot + (shift == 0 ? 0 : simd::popcount(mask << ((64 - shift) & 63)));
        const auto raw = values.expand(at, slice);
        simd::unroll<I>([&](auto j) LACUNA_LAMBDA { w[j][r] = scales.template column<j>(raw, r); });
      });
      simd::unroll<I>([&](auto j) LACUNA_LAMBDA {
        constexpr int c = s * I + j;
        f(constant<c % U>{}, w[j], broadcast_x<T, A>{x + c * T});
      });
    });
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
