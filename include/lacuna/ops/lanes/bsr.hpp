#pragma once
// SPDX-License-Identifier: BSL-1.0
// bsr: a register is part of an R x C block; rows of a block row are summed together.
//
//   C a multiple of L      a register is L columns of one block row, one sum for each row (8x16, 1x16)
//   L a multiple of C      a register is L / C whole block rows; X repeats its C columns (4x4, 16x1, 8x8)
//   any other shape        one matrix row at a time, C values from each block (3x5)
#include <lacuna/format/bsr.hpp>
#include <lacuna/ops/lanes/lanes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The largest divisor of n that is at most 8: more sums than that do not stay in registers.
constexpr int sums_of(int n) {
  int d = n < 8 ? n : 8;
  while (n % d != 0) --d;
  return d;
}

template <int R, int C, class Index, class Offset, codec Codec, class A>
requires(unscaled_codec<Codec> || C % 16 == 0) struct lanes_of<bsr<R, C, Index, Offset>, Codec, A> {
  using arch = A;
  using format = bsr<R, C, Index, Offset>;
  using one_row = row_walk<Codec, A>;
  static constexpr int L = A::lanes;
  static constexpr bool wide = C % L == 0, stacked = !wide && L % C == 0 && R * C % L == 0;
  static constexpr int parts = wide ? sums_of(R) : stacked ? sums_of(R * C / L) : 1;
  static constexpr int rows = wide ? parts : stacked ? parts * L / C : 1;

  template <int U, class F>
  LACUNA_INLINE static void walk(const sparse_view<format, Codec>& a, index_t row, F&& f) {
    const row_values<format, Codec, A> values(a);
    const auto& w = a.where().at;
    const auto first = static_cast<index_t>(w.row_ptr[row / R]);
    const auto last = static_cast<index_t>(w.row_ptr[row / R + 1]);
    in_phases<U>(last - first, [&](auto phase, index_t i) LACUNA_LAMBDA {
      const index_t k = static_cast<index_t>(w.col_idx[first + i]) * C;
      const index_t slot = ((first + i) * R + row % R) * C;
      if (k + C <= a.cols())
        block(phase, values, row, slot, k, f);
      else
        edge(phase, values, row, slot, k, static_cast<int>(a.cols() - k), f);
    });
  }

  LACUNA_INLINE static void fold(const simd::f32<A> (&sums)[parts], float* out) {
    if constexpr (stacked) {
      float lane[L];
      for (int p = 0; p < parts; ++p) {
        simd::store(lane, sums[p]);
        for (int r = 0; r < L / C; ++r) {
          float s = lane[r * C];
          for (int c = 1; c < C; ++c) s += lane[r * C + c];
          out[p * (L / C) + r] = s;
        }
      }
    } else {
      for (int p = 0; p < parts; ++p) out[p] = simd::sum(sums[p]);
    }
  }

 private:
  template <class Phase, class F>
  LACUNA_INLINE static void block(Phase phase, const row_values<format, Codec, A>& values, index_t row,
                                  index_t slot, index_t k, F& f) {
    if constexpr (wide)
      simd::unroll<parts>([&](auto p) LACUNA_LAMBDA {
        simd::unroll<C / L>([&](auto c) LACUNA_LAMBDA {
          values.ask(slot + p * C + c * L);
          f(phase, p, values.load(row + p, k + c * L, slot + p * C + c * L), one_row::at(k + c * L));
        });
      });
    else if constexpr (stacked)
      simd::unroll<parts>([&](auto p) LACUNA_LAMBDA {
        values.ask(slot + p * L);
        f(phase, p, values.load(row, k, slot + p * L),
          [k](const float* x) LACUNA_LAMBDA { return simd::window<C, A>(x + k); });
      });
    else
      edge(phase, values, row, slot, k, C, f);
  }

  /// Only the first n columns of the block: what is past the edge counts as 0 on both sides.
  template <class Phase, class F>
  LACUNA_INLINE static void edge(Phase phase, const row_values<format, Codec, A>& values, index_t row,
                                 index_t slot, index_t k, int n, F& f) {
    if constexpr (stacked) {
      simd::unroll<parts>([&](auto p) LACUNA_LAMBDA {
        float v[L];
        for (int l = 0; l < L; ++l)
          v[l] = l % C < n ? codec_of<Codec>::decode(values.values.values, slot + p * L + l) : 0.0f;
        f(phase, p, simd::load<A>(v), [k, n](const float* x) LACUNA_LAMBDA {
          float repeated[L];
          for (int l = 0; l < L; ++l) repeated[l] = l % C < n ? x[k + l % C] : 0.0f;
          return simd::load<A>(repeated);
        });
      });
    } else {
      simd::unroll<parts>([&](auto p) LACUNA_LAMBDA {
        for (int c = 0; c < n; c += L)
          f(phase, p, values.load_first(row + p, k + c, slot + p * C + c, n - c < L ? n - c : L),
            one_row::at_first(k + c, n - c < L ? n - c : L));
      });
    }
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
