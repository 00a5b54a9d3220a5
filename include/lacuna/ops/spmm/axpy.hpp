#pragma once
// SPDX-License-Identifier: BSL-1.0
// X contiguous along n: lanes are columns of X, every stored value is broadcast to them.
//
//   sum[n .. n+V*L) += value * X[k, n .. n+V*L)      for each (k, value) of a row; V registers of L lanes
//
// Needs nothing of the pattern but visit_row, so patterns from outside get it too.
#include <lacuna/core/matrix.hpp>
#include <lacuna/exec/partition.hpp>
#include <lacuna/format/sparse_matrix.hpp>
#include <lacuna/simd/vec.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The sums of one row over V registers of columns that start at x, written to out.
template <class A, int V, class View>
LACUNA_INLINE void axpy_row(const View& a, index_t row, const float* x, index_t stride, float* out) {
  simd::f32<A> sum[V];
  simd::unroll<V>([&](auto j) LACUNA_LAMBDA { sum[j] = simd::zero<A>(); });
  a.visit_row(row, [&](index_t k, float v) LACUNA_LAMBDA {
    const auto w = simd::set<A>(v);
    const float* const xk = x + k * stride;
    simd::unroll<V>([&](auto j) LACUNA_LAMBDA {
      sum[j] = simd::fma(w, simd::load<A>(xk + j * A::lanes), sum[j]);
    });
  });
  simd::unroll<V>([&](auto j) LACUNA_LAMBDA { simd::store(out + j * A::lanes, sum[j]); });
}

/// The same for the last n < lanes columns, never touching what lies beyond them.
template <class A, class View>
LACUNA_INLINE void axpy_rest(const View& a, index_t row, const float* x, index_t stride, int n, float* out) {
  auto sum = simd::zero<A>();
  a.visit_row(row, [&](index_t k, float v) LACUNA_LAMBDA {
    sum = simd::fma(simd::set<A>(v), simd::load_first<A>(x + k * stride, n), sum);
  });
  simd::store(out, sum);
}

template <class A, pattern P, codec C, class Y, class Epilogue>
void product_axpy(const sparse_view<P, C>& a, row_range r, const float* x, index_t stride, const Y& y,
                  const Epilogue& finish) {
  constexpr index_t L = A::lanes;
  constexpr int V = A::registers / 4;  // 8 (AVX-512) or 4 chains cover the FMA's 4 cycles x 2 ports
  alignas(64) float out[V * L];
  const auto put = [&](index_t m, index_t n0, index_t count) {
    for (index_t n = 0; n < count; ++n) y(m, n0 + n) = finish(out[n], m, n0 + n);
  };
  for (index_t n0 = 0; n0 < y.cols();) {
    const index_t rest = y.cols() - n0;
    const index_t step = rest >= V * L ? V * L : rest >= 2 * L ? 2 * L : rest >= L ? L : rest;
    const float* const xn = a.cols() > 0 ? x + n0 : x;  // no offset to a null pointer
    for (index_t m = r.first; m < r.last; ++m) {
      if (step == V * L)
        axpy_row<A, V>(a, m, xn, stride, out);
      else if (step == 2 * L)
        axpy_row<A, 2>(a, m, xn, stride, out);
      else if (step == L)
        axpy_row<A, 1>(a, m, xn, stride, out);
      else
        axpy_rest<A>(a, m, xn, stride, static_cast<int>(step), out);
      put(m, n0, step);
    }
    n0 += step;
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
