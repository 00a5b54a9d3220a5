#pragma once
// SPDX-License-Identifier: BSL-1.0
// Lanes are columns of X, every stored value is broadcast to them, row by row.
//
//   sum[n .. n+V*L) += value * X[k, n .. n+V*L)      for each (k, value) of a row; V registers of L lanes
//
// Needs nothing of the pattern but visit_row, so patterns from outside get it too; patterns that list their columns
// are read in place, several entries at a time. X lies by rows of whole registers, or in packed panels (operands.hpp).
#include <lacuna/core/matrix.hpp>
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/lanes/lanes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Columns lie one after the other in an array, values at the same slots: csr, of any index types.
template <class P>
concept lists_columns = !P::filled && requires(const positions<P>& w) {
  w.at.row_ptr[0];
  w.at.col_idx[0];
};

/// f(phase, column, value) for the entries of a row; phase counts 0 .. U-1 where entries are read in place.
template <class A, int U, pattern P, codec C, class F>
LACUNA_INLINE void visit_entries(const sparse_view<P, C>& a, index_t row, F&& f) {
  if constexpr (lists_columns<P>) {
    const auto& w = a.where().at;
    const auto first = static_cast<index_t>(w.row_ptr[row]), last = static_cast<index_t>(w.row_ptr[row + 1]);
    const auto* const columns = w.col_idx.data();
    const row_values<P, C, A> values(a);
    in_phases<U>(last - first, [&](auto phase, index_t e) LACUNA_LAMBDA {
      if constexpr (decltype(phase)::value == 0) {
        values.ask(first + e);
        simd::prefetch_ahead(columns + first + e, stream_ahead);
      }
      const auto k = static_cast<index_t>(columns[first + e]);
      f(phase, k, a.value(row, k, first + e));
    });
  } else {
    a.visit_row(row, [&](index_t k, float v) LACUNA_LAMBDA { f(constant<0>{}, k, v); });
  }
}

/// The sums of one row over V registers of columns that start at x, written to out.
template <class A, int V, class View>
LACUNA_INLINE void axpy_row(const View& a, index_t row, const float* x, index_t stride, float* out) {
  // One chain of fma is one entry in 4 cycles: 32 columns of csr, 90 % sparse, took 1.7 times as long.
  constexpr int chains = V >= 8 ? 1 : 8 / V;
  simd::f32<A> sum[chains][V];
  simd::unroll<chains * V>([&](auto i) LACUNA_LAMBDA { sum[i / V][i % V] = simd::zero<A>(); });
  visit_entries<A, chains>(a, row, [&](auto chain, index_t k, float v) LACUNA_LAMBDA {
    const auto w = simd::set<A>(v);
    const float* const xk = x + k * stride;
    simd::unroll<V>([&](auto j) LACUNA_LAMBDA {
      sum[chain][j] = simd::fma(w, simd::load<A>(xk + j * A::lanes), sum[chain][j]);
    });
  });
  simd::unroll<V>([&](auto j) LACUNA_LAMBDA {
    simd::unroll<chains - 1>([&](auto c) LACUNA_LAMBDA { sum[0][j] = sum[0][j] + sum[c + 1][j]; });
    simd::store(out + j * A::lanes, sum[0][j]);
  });
}

/// Columns [first, last) of Y; X, whose rows lie `stride` apart and reach to whole registers, starts at column `first`.
struct x_columns {
  const float* data;
  index_t stride, first, last;
};

template <class A, pattern P, codec C, class Y, class Epilogue>
void product_axpy(const sparse_view<P, C>& a, row_range r, const x_columns& x, const Y& y,
                  const Epilogue& finish) {
  constexpr index_t L = A::lanes;
  constexpr int V = A::registers / 4;  // 8 (AVX-512) or 4 chains cover the FMA's 4 cycles x 2 ports
  alignas(64) float out[V * L];
  const auto put = [&](index_t m, index_t n0, index_t count) {
    for (index_t n = 0; n < count; ++n) y(m, n0 + n) = finish(out[n], m, n0 + n);
  };
  for (index_t n0 = x.first; n0 < x.last;) {
    const index_t rest = x.last - n0;
    const index_t step = rest >= V * L ? V * L : rest >= 2 * L ? 2 * L : L;
    const float* const xn = a.cols() > 0 ? x.data + (n0 - x.first) : x.data;  // no offset to a null pointer
    for (index_t m = r.first; m < r.last; ++m) {
      if (step == V * L)
        axpy_row<A, V>(a, m, xn, x.stride, out);
      else if (step == 2 * L)
        axpy_row<A, 2>(a, m, xn, x.stride, out);
      else
        axpy_row<A, 1>(a, m, xn, x.stride, out);
      put(m, n0, step < rest ? step : rest);
    }
    n0 += step;
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
