#pragma once
// SPDX-License-Identifier: BSL-1.0
// The expand regime: many columns of X, weak sparsity or none. A chunk of a few panels is decoded once to float,
// then a dense micro-kernel runs over all tokens: also our dense GEMM, the twin of every sparse case.
//
//        8 tokens                    c[panel][t][row] += w[panel][k][row] * x[k][t]
//   48 +--------+                    AVX-512: 3 panels x 8 tokens = 24 sums, 3 loads and 8 broadcasts for 24 fma
//   rows|  sums |   per k of a chunk
//      +--------+
//
// Float panels of dense are used in place. X is packed as for the stream regime.
#include <lacuna/ops/spmm/stream.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Panels that share a broadcast of X.
template <class A>
inline constexpr int tile_panels = A::registers * 3 / 4 / (stream_tokens<A> * panel_registers<A>) > 1
                                       ? A::registers * 3 / 4 / (stream_tokens<A> * panel_registers<A>)
                                       : 1;
/// Columns decoded at a time: the weights of a tile (AVX-512: 24 KB) stay in L1 while X streams by from L2. With
/// 512 it was the other way round, and read 16 bytes a cycle from L2 instead of 3: 24.3 ms, not 21 (4096^2 x 128).
inline constexpr index_t expand_chunk = 128;
/// Tiles of rows whose sums are kept while X's chunk stays in L2.
inline constexpr index_t expand_tiles = 8;

/// What a tile fetches for later while it computes: `bytes` a column from `at` on.
struct fetch_ahead {
  const float* base = nullptr;
  std::uintptr_t at = 0, bytes = 0;  // of base: may lie past the end of all, so no pointer
};

/// c[p * c_stride + t * 16 + row] += the products of `depth` columns; w[p] = w + p * w_stride is [depth][16].
template <class A, int Panels, int T>
LACUNA_NOINLINE void expand_tile(const float* w, index_t w_stride, const float* x, index_t depth, float* c,
                                 index_t c_stride, fetch_ahead next) {
  constexpr int R = panel_registers<A>, V = Panels * R, L = A::lanes;
  simd::f32<A> sum[T][V];
  const auto at = [&](auto i)
                      LACUNA_LAMBDA { return c + i % V / R * c_stride + i / V * panel_rows + i % V % R * L; };
  simd::unroll<T * V>([&](auto i) LACUNA_LAMBDA { sum[i / V][i % V] = simd::load<A>(at(i)); });
  for (index_t k = 0; k < depth; ++k) {
    simd::prefetch_l2(next.base, next.at + static_cast<std::uintptr_t>(k) * next.bytes);
    simd::f32<A> column[V];
    simd::unroll<V>([&](auto v) LACUNA_LAMBDA {
      column[v] = simd::load<A>(w + v / R * w_stride + k * panel_rows + v % R * L);
    });
    simd::unroll<T>([&](auto t) LACUNA_LAMBDA {
      const auto b = simd::set<A>(x[k * T + t]);
      simd::unroll<V>([&](auto v) LACUNA_LAMBDA { sum[t][v] = simd::fma(column[v], b, sum[t][v]); });
    });
  }
  simd::unroll<T * V>([&](auto i) LACUNA_LAMBDA { simd::store(at(i), sum[i / V][i % V]); });
}

/// All tokens of columns [k, k + depth) of `Panels` panels. Meanwhile `next`, which comes from memory, is fetched.
template <class A, int Panels>
LACUNA_INLINE void expand_row(const float* w, index_t w_stride, const float* x, index_t x_cols, index_t k,
                              index_t depth, index_t tokens, float* c, index_t c_stride, const float* next) {
  // One tile after the other fetches its share of the Panels * depth lines, evenly: in bursts they take the fill
  // buffers that X needs.
  const index_t tiles = (tokens + stream_tokens<A> - 1) / stream_tokens<A>;
  index_t tile = 0;
  for (index_t t0 = 0; t0 < tokens;) {
    const int T = stream_block<A>(tokens - t0);
    const float* const xt = x + k * T;
    fetch_ahead ahead;
    if (next != nullptr) {
      const index_t line = tile * Panels * depth / tiles;
      ahead = {next, static_cast<std::uintptr_t>(line / depth * w_stride + line % depth * panel_rows) * sizeof(float),
               static_cast<std::uintptr_t>(64 * Panels / tiles)};
    }
    ++tile;
    with_block<A>(
        T, [&](auto block) { expand_tile<A, Panels, block>(w, w_stride, xt, depth, c, c_stride, ahead); });
    x += x_cols * T;
    c += T * panel_rows;
    t0 += T;
  }
}
template <class A>
LACUNA_INLINE void expand_rows(int panels, const float* w, index_t w_stride, const float* x, index_t x_cols,
                               index_t k, index_t depth, index_t tokens, float* c, index_t c_stride,
                               const float* next) {
  if constexpr (tile_panels<A> >= 3)
    if (panels == 3) return expand_row<A, 3>(w, w_stride, x, x_cols, k, depth, tokens, c, c_stride, next);
  if constexpr (tile_panels<A> >= 2)
    if (panels == 2) return expand_row<A, 2>(w, w_stride, x, x_cols, k, depth, tokens, c, c_stride, next);
  expand_row<A, 1>(w, w_stride, x, x_cols, k, depth, tokens, c, c_stride, next);
}

/// Columns [k0, k1) of panel p as floats, [k][16], from `slot` on.
template <class Walk, class A, class View>
LACUNA_NOINLINE void expand_panel(const View& a, index_t p, index_t& slot, index_t k0, index_t k1,
                                  float* to) {
  if constexpr (requires { Walk::expand(a, p, k0, k1, to); }) {
    Walk::expand(a, p, k0, k1, to);
  } else {
    const auto put = [&](auto, const auto& w, const auto&) LACUNA_LAMBDA {
      simd::unroll<panel_registers<A>>([&](auto r) LACUNA_LAMBDA { simd::store(to + r * A::lanes, w[r]); });
      to += panel_rows;
    };
    Walk::template walk<1, 0>(a, p, slot, k0, k1, nullptr, put);  // no tokens, no X
  }
}

/// Tokens with the pads of the last block.
template <class A>
LACUNA_INLINE index_t padded_tokens(index_t n) {
  const index_t whole = n / stream_tokens<A> * stream_tokens<A>;
  return n == whole ? n : whole + stream_block<A>(n - whole);
}
/// Floats of scratch for a piece: the sums of a block of rows, and a decoded chunk (4 columns more: a mask word).
template <class A>
LACUNA_INLINE index_t expand_scratch_floats(index_t n) {
  return tile_panels<A> * panel_rows * (expand_tiles * padded_tokens<A>(n) + expand_chunk + 4);
}

/// The rows of r, which starts at a panel, for all tokens of packed x.
template <class A, class P, codec C, class Y, class Epilogue>
void product_expand(const sparse_view<P, C>& a, row_range r, const float* x, const Y& y,
                    const Epilogue& finish, float* scratch) {
  using walk = panel_walk<P, C, A>;
  using view = sparse_view<P, C>;
  constexpr bool in_place = std::is_same_v<P, panel<dense, 1>> && std::is_same_v<C, float>;
  constexpr index_t tile = tile_panels<A>, most = tile * expand_tiles;
  const index_t x_cols = stream_columns<walk>(a.cols()), tokens = y.cols(),
                c_stride = padded_tokens<A>(tokens) * panel_rows;
  const index_t last = panels_of(r.last);
  float* const decoded = scratch + most * c_stride;
  for (index_t p0 = r.first / panel_rows; p0 < last; p0 += most) {
    const index_t panels = last - p0 < most ? last - p0 : most;
    index_t slot[most];
    for (index_t p = 0; p < panels; ++p) slot[p] = walk::start(a, p0 + p);
    for (index_t i = 0; i < panels * c_stride; ++i) scratch[i] = 0;
    for (index_t k = 0; k < a.cols(); k += expand_chunk) {
      const index_t end = k + expand_chunk < a.cols() ? k + expand_chunk : a.cols();
      for (index_t p = 0; p < panels; p += tile) {
        const int n = static_cast<int>(panels - p < tile ? panels - p : tile);
        const float *w = decoded, *next = nullptr;
        index_t w_stride = (expand_chunk + 4) * panel_rows;
        if constexpr (in_place) {
          w = a.values().data() + slot[p] + k * panel_rows;
          w_stride = P::panel_slots(a.cols());
          next = p + tile < panels ? w + tile * w_stride
                 : end < a.cols()  ? a.values().data() + slot[0] + end * panel_rows
                                   : nullptr;
        } else {
          for (int j = 0; j < n; ++j)
            expand_panel<walk, A, view>(a, p0 + p + j, slot[p + j], k, end, decoded + j * w_stride);
        }
        expand_rows<A>(n, w, w_stride, x, x_cols, k, end - k, tokens, scratch + p * c_stride, c_stride, next);
      }
    }
    for (index_t p = 0; p < panels; ++p) {
      const index_t row = (p0 + p) * panel_rows, rows = r.last - row < panel_rows ? r.last - row : panel_rows;
      put_panel<A>(scratch + p * c_stride, row, rows, 0, tokens, y, finish);
    }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
