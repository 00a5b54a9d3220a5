#pragma once
// SPDX-License-Identifier: BSL-1.0
// The stream regime: few columns of X, bound by the bytes of the packed weights.
//
//   sum[t][row] += w[row] * X[k, t]      lanes = the 16 rows of a panel, every load and expand shared by T tokens
//
// The same loop for every pattern that has panels (ops/panels) and every codec.
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/panels/bitmap.hpp>
#include <lacuna/ops/panels/dense.hpp>
#include <lacuna/ops/panels/nm.hpp>
#include <lacuna/ops/spmm/operands.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Tokens of a full pass: their sums take at most 3/4 of the registers, and decoding is shared enough at 8.
template <class A>
inline constexpr int stream_tokens = A::registers * 3 / 4 / panel_registers<A> >= 8   ? 8
                                     : A::registers * 3 / 4 / panel_registers<A> >= 4 ? 4
                                                                                      : 2;

/// out[t * 16 + row] = the sums of panel p for the T tokens of packed x.
template <class Walk, int T, class A, class View>
LACUNA_NOINLINE void stream_panel(const View& a, index_t p, const float* x, float* out) {
  // Chains of fma kept apart: 2 ports x 4 cycles ask for 8, T * R of them exist already.
  constexpr int R = panel_registers<A>, most = 8 / (T * R), U = most < 1 ? 1 : most > 4 ? 4 : most;
  simd::f32<A> sum[U][T][R];
  simd::unroll<U * T * R>([&](auto i)
                              LACUNA_LAMBDA { sum[i / (T * R)][i / R % T][i % R] = simd::zero<A>(); });
  index_t slot = Walk::start(a, p);
  Walk::template walk<U, T>(a, p, slot, 0, a.cols(), x,
                            [&](auto phase, const auto& w, const auto& x_at) LACUNA_LAMBDA {
                              simd::unroll<T * R>([&](auto i) LACUNA_LAMBDA {
                                constexpr int t = i / R, r = i % R;
                                sum[phase][t][r] = simd::fma(w[r], x_at(t, r), sum[phase][t][r]);
                              });
                            });
  simd::unroll<T * R>([&](auto i) LACUNA_LAMBDA {
    constexpr int t = i / R, r = i % R;
    simd::unroll<U - 1>([&](auto u) LACUNA_LAMBDA { sum[0][t][r] = sum[0][t][r] + sum[u + 1][t][r]; });
    simd::store(out + t * panel_rows + r * A::lanes, sum[0][t][r]);
  });
}

/// Packed X is one block of [k / window][T][window] after the other: as many of full T as fit, then one of 1, of
/// half or of full T that holds the rest.
template <class A>
LACUNA_INLINE int stream_block(index_t tokens_left) {
  constexpr int full = stream_tokens<A>;
  return tokens_left == 1 ? 1 : tokens_left <= full / 2 ? full / 2 : full;
}
/// f(constant<T>) for the T of a block.
template <class A, class F>
LACUNA_INLINE void with_block(int tokens, F&& f) {
  constexpr int full = stream_tokens<A>;
  if (tokens == full) return f(constant<full>{});
  if constexpr (full > 2)
    if (tokens == full / 2) return f(constant<full / 2>{});
  f(constant<1>{});
}
/// Columns of packed X: with the zeros that fill the last step of the walk, and 128 more that keep
/// blocks of 8 tokens apart in the sets of L2: 4096 columns are 128 KB, the size of a way, and 16 blocks fill them all.
template <class Walk>
LACUNA_INLINE index_t stream_columns(index_t cols) {
  constexpr index_t unit = Walk::granule;
  return (cols + unit - 1) / unit * unit + (cols < 1024 ? 0 : 128 / unit * unit);
}
/// Floats of packed X; the last window may be read as a whole register.
template <class Walk, class A>
LACUNA_INLINE index_t stream_x_floats(index_t cols, index_t n) {
  return stream_columns<Walk>(cols) * (n + stream_tokens<A>)+2 * A::lanes;
}

/// Blocks that n tokens are packed in.
template <class A>
LACUNA_INLINE index_t stream_blocks(index_t n) {
  return (n + stream_tokens<A> - 1) / stream_tokens<A>;
}

/// Blocks [first, last) of x(k, t), zeros past the last token and column.
template <class Walk, class A, class X>
void stream_pack_x(const X& x, index_t first, index_t last, float* to) {
  constexpr index_t W = Walk::window, full = stream_tokens<A>;
  const index_t cols = stream_columns<Walk>(x.rows());
  for (index_t b = first; b < last; ++b) {
    const index_t t0 = b * full, T = stream_block<A>(x.cols() - t0);
    const index_t live = x.cols() - t0 < T ? x.cols() - t0 : T;
    float* const block = to + t0 * cols;
    if constexpr (W == 1) {
      pack_columns<A>(x, 0, x.rows(), t0, live, T, T, block);
      std::memset(block + x.rows() * T, 0, static_cast<std::size_t>((cols - x.rows()) * T) * sizeof(float));
    } else {
      std::memset(block, 0, static_cast<std::size_t>(cols * T) * sizeof(float));
      for (index_t t = 0; t < live; ++t)
        for (index_t k = 0; k < x.rows(); ++k) block[(k / W * T + t) * W + k % W] = x(k, t0 + t);
    }
  }
}

/// The sums [t][16] of the rows from `row` on, for the tokens from t0 on: Y seen by tokens.
template <class A, class Y, class Epilogue>
LACUNA_INLINE void put_panel(float* sums, index_t row, index_t rows, index_t t0, index_t tokens, const Y& y,
                             const Epilogue& finish) {
  const auto by_token = [&](float v, index_t t, index_t m) LACUNA_LAMBDA { return finish(v, m, t); };
  put_sums<A>(sums, panel_rows, tokens, rows, t0, row, transposed(y), by_token);
}

/// The rows of r, which starts at a panel, for all tokens of packed x.
template <class A, class P, codec C, class Y, class Epilogue>
void product_stream(const sparse_view<P, C>& a, row_range r, const float* x, const Y& y,
                    const Epilogue& finish) {
  using walk = panel_walk<P, C, A>;
  using view = sparse_view<P, C>;
  const index_t cols = stream_columns<walk>(a.cols());
  alignas(64) float out[stream_tokens<A> * panel_rows];
  for (index_t row = r.first; row < r.last; row += panel_rows) {
    const index_t p = row / panel_rows, rows = r.last - row < panel_rows ? r.last - row : panel_rows;
    const float* xt = x;
    for (index_t t0 = 0; t0 < y.cols();) {
      const int T = stream_block<A>(y.cols() - t0);
      with_block<A>(T, [&](auto block) { stream_panel<walk, block, A, view>(a, p, xt, out); });
      const index_t live = y.cols() - t0 < T ? y.cols() - t0 : T;
      put_panel<A>(out, row, rows, t0, live, y, finish);
      xt += cols * T;
      t0 += T;
    }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
