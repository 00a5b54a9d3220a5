#pragma once
// SPDX-License-Identifier: BSL-1.0
// Many columns of X and whole blocks: every row of X that is loaded serves all rows of the block.
//
//   sum[r][0 .. V*L)  +=  block[r][c] * x[k0 + c][0 .. V*L)       r < rows of a pass, c < C, block after block
//
// Up to 4 rows by 4 registers of X, 1 or 2 by 8: 8 to 16 sums, no more loads than fma. 8 by 2 read the weights of
// 8x8 blocks twice as often: 128 columns took 25 ms, not 22. X is packed as for the skip regime.
#include <lacuna/exec/partition.hpp>
#include <lacuna/format/bsr.hpp>
#include <lacuna/ops/lanes/lanes.hpp>
#include <lacuna/ops/spmm/operands.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <class P>
inline constexpr bool has_blocks = false;
template <int R, int C, class Index, class Offset>
inline constexpr bool has_blocks<bsr<R, C, Index, Offset>> = true;

/// Rows of a block that share a pass, and the registers of X they are multiplied with.
template <int R, class A>
struct block_pass {
  static constexpr int most = 4;
  static constexpr int rows = [] {
    int r = R < most ? R : most;
    while (R % r != 0) --r;
    return r;
  }();
  static constexpr int vectors = A::registers * 3 / 4 / rows >= 8   ? 8
                                 : A::registers * 3 / 4 / rows >= 4 ? 4
                                                                    : 2;
};
template <class P, class A>
LACUNA_INLINE skip_shape<A> shape_of_blocks(index_t k, index_t n) {
  return {k, n, block_pass<P::R, A>::vectors};
}

/// sums[r][V * L] of rows first .. first + Rows of block row b, X panel at x, its rows `width` apart.
template <class A, int Rows, int V, class P, codec C>
LACUNA_NOINLINE void block_rows(const sparse_view<P, C>& a, index_t b, int first, const float* x,
                                index_t width, float* sums) {
  constexpr int L = A::lanes;
  simd::f32<A> sum[Rows][V];
  simd::unroll<Rows * V>([&](auto i) LACUNA_LAMBDA { sum[i / V][i % V] = simd::zero<A>(); });
  const auto& w = a.where().at;
  const auto last = static_cast<index_t>(w.row_ptr[b + 1]);
  for (auto e = static_cast<index_t>(w.row_ptr[b]); e < last; ++e) {
    const index_t k0 = static_cast<index_t>(w.col_idx[e]) * P::C, slot = (e * P::R + first) * P::C;
    const int n = static_cast<int>(k0 + P::C <= a.cols() ? P::C : a.cols() - k0);
    for (int c = 0; c < n; ++c) {
      simd::f32<A> xk[V];
      simd::unroll<V>([&](auto j) LACUNA_LAMBDA { xk[j] = simd::load<A>(x + (k0 + c) * width + j * L); });
      simd::unroll<Rows>([&](auto r) LACUNA_LAMBDA {
        const index_t i = b * P::R + first + r;  // may lie past the last row, where no grid has a cell
        const auto v =
            simd::set<A>(scaled_codec<C> && i >= a.rows() ? 0.0f : a.value(i, k0 + c, slot + r * P::C + c));
        simd::unroll<V>([&](auto j) LACUNA_LAMBDA { sum[r][j] = simd::fma(v, xk[j], sum[r][j]); });
      });
    }
  }
  simd::unroll<Rows * V>(
      [&](auto i) LACUNA_LAMBDA { simd::store(sums + i / V * width + i % V * L, sum[i / V][i % V]); });
}
/// The same with V known only at run time.
template <class A, int Rows, int V, class P, codec C>
LACUNA_INLINE void block_rows_of(int vectors, const sparse_view<P, C>& a, index_t b, int first,
                                 const float* x, index_t width, float* sums) {
  if constexpr (V > 1)
    if (vectors <= V / 2) return block_rows_of<A, Rows, V / 2>(vectors, a, b, first, x, width, sums);
  block_rows<A, Rows, V>(a, b, first, x, width, sums);
}

/// The rows of r, which starts at a block row, for X packed in the shape s.
template <class A, class P, codec C, class Y, class Epilogue>
void product_blocks(const skip_shape<A>& s, const sparse_view<P, C>& a, row_range r, const float* xp,
                    const Y& y, const Epilogue& finish) {
  using pass = block_pass<P::R, A>;
  alignas(64) float sums[pass::rows * pass::vectors * A::lanes];
  const index_t width = s.width();
  for (index_t p = 0; p < s.panels(); ++p) {
    const index_t n0 = p * width, cols = s.n - n0 < width ? s.n - n0 : width;
    for (index_t row = r.first; row < r.last; row += P::R)
      for (int first = 0; first < P::R && row + first < r.last; first += pass::rows) {
        block_rows_of<A, pass::rows, pass::vectors>(s.vectors_of(p), a, row / P::R, first,
                                                    xp + p * s.k * width, width, sums);
        const index_t m0 = row + first, rows = r.last - m0 < pass::rows ? r.last - m0 : pass::rows;
        put_sums<A>(sums, width, rows, cols, m0, n0, y, finish);
      }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
