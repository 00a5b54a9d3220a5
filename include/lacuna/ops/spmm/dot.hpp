#pragma once
// SPDX-License-Identifier: BSL-1.0
// X contiguous along k: lanes run along the stored values of a row, T tokens share every load and expand.
//
//   sum[t][lane] += value[lane] * X[t, column[lane]]       then the lanes of each row are added up
//
// How a pattern fills the lanes is its `lanes` (ops/lanes); this loop is the same for all.
#include <lacuna/core/matrix.hpp>
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/lanes/all.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The sums of `Walk::rows` rows from `row` on for T tokens: out[t * rows + r].
template <class Walk, int T, class View>
LACUNA_INLINE void dot_rows(const View& a, index_t row, const float* x, index_t stride, float* out) {
  using A = typename Walk::arch;
  // Chains of fma kept apart: 2 ports x 4 cycles ask for 8, T of them exist already.
  constexpr int parts = Walk::parts, free = 8 / (T * parts), phases = free < 1 ? 1 : free > 4 ? 4 : free;
  simd::f32<A> sum[T][phases][parts];
  simd::unroll<T * phases * parts>([&](auto i) LACUNA_LAMBDA {
    sum[i / (phases * parts)][i / parts % phases][i % parts] = simd::zero<A>();
  });
  Walk::template walk<phases>(a, row, [&](auto phase, auto part, auto w, const auto& x_at) LACUNA_LAMBDA {
    simd::unroll<T>([&](auto t) LACUNA_LAMBDA {
      sum[t][phase][part] = simd::fma(w, x_at(x + t * stride), sum[t][phase][part]);
    });
  });
  simd::unroll<T>([&](auto t) LACUNA_LAMBDA {
    simd::unroll<phases - 1>([&](auto p) LACUNA_LAMBDA {
      simd::unroll<parts>([&](auto q) LACUNA_LAMBDA { sum[t][0][q] = sum[t][0][q] + sum[t][p + 1][q]; });
    });
    Walk::fold(sum[t][0], out + t * Walk::rows);
  });
}

/// How many tokens share a walk: their sums, T x parts, must leave registers for values and X.
template <class Walk>
inline constexpr int most_tokens = Walk::parts * 8 <= Walk::arch::registers * 3 / 4   ? 8
                                   : Walk::parts * 4 <= Walk::arch::registers * 3 / 4 ? 4
                                   : Walk::parts * 2 <= Walk::arch::registers * 3 / 4 ? 2
                                                                                      : 1;

/// T tokens from `t0` on for the rows of r.
template <class Walk, int T, class View, class Y, class Epilogue>
LACUNA_NOINLINE void dot_tokens(const View& a, row_range r, const float* x, index_t stride, index_t t0,
                                const Y& y, const Epilogue& finish) {
  float out[T * Walk::rows];
  for (index_t row = r.first; row < r.last; row += Walk::rows) {
    dot_rows<Walk, T>(a, row, x + t0 * stride, stride, out);
    const index_t n = r.last - row < Walk::rows ? r.last - row : Walk::rows;
    for (index_t t = 0; t < T; ++t)
      for (index_t i = 0; i < n; ++i)
        y(row + i, t0 + t) = finish(out[t * Walk::rows + i], row + i, t0 + t);
  }
}

/// x: token t at x + t * stride. Blocks of rows stay in cache while all tokens pass over them.
template <class Walk, class View, class Y, class Epilogue>
void product_dot(const View& a, row_range r, const float* x, index_t stride, const Y& y,
                 const Epilogue& finish) {
  constexpr int T = most_tokens<Walk>;
  constexpr index_t block = 16 * Walk::rows;
  const index_t tokens = y.cols(), step = tokens <= T ? r.last - r.first : block;
  for (index_t row = r.first; row < r.last; row += step) {
    const row_range rows{row, row + step < r.last ? row + step : r.last};
    index_t t = 0;
    for (; t + T <= tokens; t += T) dot_tokens<Walk, T>(a, rows, x, stride, t, y, finish);
    if constexpr (T > 4)
      for (; t + 4 <= tokens; t += 4) dot_tokens<Walk, 4>(a, rows, x, stride, t, y, finish);
    if constexpr (T > 1)
      for (; t < tokens; ++t) dot_tokens<Walk, 1>(a, rows, x, stride, t, y, finish);
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
