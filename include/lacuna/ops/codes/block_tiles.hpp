#pragma once
// SPDX-License-Identifier: BSL-1.0
// Rows of blocks of 16 codes, for several tokens: lanes are tokens, so that a block's codes are broadcast and its columns of X
// lie together.
//
//   tokens of a tile   L 2     L       L / 2   L / 4       and single ones, whose blocks share a register (blocks.hpp)
//   bytes of a token   4       4       8       16          in a register, W: 16 / W steps a block
//   packed X           [block column][16 / W][tokens][W], then of every lane [block column][registers]: sum x, or -z sum x
//
//   lane:  s (sum u x - z sum x), the parentheses exact
//
// A band of rows goes through X by chunks that stay in L1; what a chunk has of a row is decoded once for all tiles.
#include <lacuna/ops/codes/blocks.hpp>
#include <lacuna/ops/spmm/operands.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// A tile by its tokens: lanes (and sums) it has, and bytes of packed X a block column.
template <class A>
struct block_tile_shape {
  index_t tokens;
  static constexpr index_t L = A::lanes;
  LACUNA_INLINE index_t lanes() const { return tokens == 1 ? 1 : tokens < L ? L : tokens; }
  LACUNA_INLINE index_t column_bytes() const { return 16 * tokens + (tokens == 1 ? 0 : 4 * lanes()); }
  /// The tile for the first of so many tokens: the last may be filled up with zeros, to 5/8 at most.
  LACUNA_INLINE static block_tile_shape of(index_t left) {
    index_t size = 2 * L;
    for (const index_t smaller : {L, L / 2, L / 4, index_t{1}}) {
      if (left * 8 > size * 5) break;
      size = smaller;
    }
    return {size};
  }
};

/// f(tile, first token, bytes of packed X before it for each block column, lanes before it) for all tiles of n tokens.
template <class A, class F>
LACUNA_INLINE void for_each_tile(index_t n, F&& f) {
  index_t bytes = 0, lanes = 0;
  for (index_t t = 0; t < n;) {
    const auto tile = block_tile_shape<A>::of(n - t);
    f(tile, t, bytes, lanes);
    t += tile.tokens, bytes += tile.column_bytes(), lanes += tile.lanes();
  }
}
/// f(constant W, constant registers) of a tile of more than one token.
template <class A, class F>
LACUNA_INLINE void with_tile(block_tile_shape<A> tile, F&& f) {
  constexpr index_t L = A::lanes;
  if (tile.tokens == 2 * L) return f(constant<4>{}, constant<2>{});
  if (tile.tokens == L) return f(constant<4>{}, constant<1>{});
  if (tile.tokens == L / 2) return f(constant<8>{}, constant<1>{});
  f(constant<16>{}, constant<1>{});
}

/// Packed tokens of a product: block columns, and of all tiles the bytes a block column and the lanes.
template <class A>
struct block_tokens {
  index_t columns, column_bytes = 0, lanes = 0;
  LACUNA_INLINE block_tokens(index_t cols, index_t n) : columns((cols + 15) / 16) {
    for_each_tile<A>(n, [&](auto tile, index_t, index_t, index_t) {
      column_bytes += tile.column_bytes();
      lanes += tile.lanes();
    });
  }
  LACUNA_INLINE index_t floats() const { return (columns * column_bytes + 63) / 64 * 16; }
};

/// X of a tile of W bytes and V registers, tokens from t0 on: past the last they are zeros.
template <class C, class A, int W, int V, class Tokens>
LACUNA_NOINLINE void pack_block_tile(const Tokens& q, index_t t0, index_t columns, std::int8_t* to) {
  constexpr index_t L = A::lanes, T = V * L * 4 / W, steps = 16 / W;
  const index_t cols = q.cols(), live = q.rows() - t0 < T ? q.rows() - t0 : T;
  if (cols % 16 != 0 || live < T) std::memset(to, 0, static_cast<std::size_t>(columns * 16 * T));
  // Four blocks are a line of a token's codes.
  for (index_t b0 = 0; b0 < columns; b0 += 4)
    for (index_t t = 0; t < live; ++t)
      for (index_t b = b0; b < b0 + 4 && b < columns; ++b) {
        const std::int8_t* const from = q.values().data() + (t0 + t) * cols + b * 16;
        std::int8_t* const block = to + b * (16 * T) + t * W;
        if (b * 16 + 16 <= cols)
          for (index_t s = 0; s < steps; ++s) std::memcpy(block + s * (T * W), from + s * W, W);
        else
          for (index_t k = 0; k < cols - b * 16; ++k) block[k / W * (T * W) + k % W] = from[k];
      }
  const auto factor = simd::set_i32<A>(codec_of<C>::has_zero ? 1 : codec_of<C>::least);
  auto* const sums = reinterpret_cast<std::int32_t*>(to + columns * 16 * T);
  for (index_t b = 0; b < columns; ++b)
    for (index_t v = 0; v < V; ++v) {
      auto sum = simd::zero_i32<A>();
      for (index_t s = 0; s < steps; ++s)
        sum = simd::dot_u8i8(sum, simd::set_i32<A>(0x01010101),
                             simd::load_raw<A>(to + ((b * steps + s) * V + v) * (4 * L)));
      if constexpr (codec_of<C>::has_zero)
        simd::store(reinterpret_cast<float*>(sums) + (b * V + v) * L, simd::to_float(sum));
      else
        simd::store(sums + (b * V + v) * L, sum * factor);
    }
}

/// Tokens q as their tiles want them.
template <class C, class A, class Tokens>
void pack_block_tokens(const Tokens& q, std::int8_t* to) {
  const index_t columns = (q.cols() + 15) / 16;
  for_each_tile<A>(q.rows(), [&](auto tile, index_t t0, index_t before, index_t) {
    std::int8_t* const at = to + before * columns;
    if (tile.tokens == 1) {
      if (q.cols() > 0)
        std::memcpy(at, q.values().data() + t0 * q.cols(), static_cast<std::size_t>(q.cols()));
      std::memset(at + q.cols(), 0, static_cast<std::size_t>(columns * 16 - q.cols()));
    } else {
      with_tile<A>(tile, [&](auto w, auto v) { pack_block_tile<C, A, w, v>(q, t0, columns, at); });
    }
  });
}

/// Blocks of a row as unsigned bytes, s and z of each at the first of four floats.
template <class A>
struct decoded_blocks {
  static constexpr index_t most = 64;
  alignas(64) std::uint8_t u[most * 16];
  alignas(64) float scale[most * 4], zero[most * 4];

  template <class View>
  LACUNA_INLINE void decode(const View& a, index_t e, index_t n) {
    using C = typename View::codec_type;
    constexpr index_t B = A::lanes / 4, elements = codec_of<C>::elements(16);
    const auto put = [&](index_t i, const element_t<C>* codes, const cell_t<C>* cells) LACUNA_LAMBDA {
      const code_blocks<C, A> some(codes, cells);
      simd::store_raw(u + i * 16, some.u);
      simd::store(scale + i * 4, some.scale);
      if constexpr (codec_of<C>::has_zero) simd::store(zero + i * 4, some.zero);
    };
    // The last register may hold blocks after the n-th, but none after the array's end.
    const index_t all = a.scales().size() - e;
    index_t i = 0;
    for (; i < n && i + B <= all; i += B)
      put(i, a.values().data() + (e + i) * elements, a.scales().data() + e + i);
    if (i < n) {
      const last_blocks<View, A> some(a, e + i, n - i);
      put(i, some.codes, some.cells);
    }
  }
};

/// sums[V * L] += the products of n blocks, whose columns are at `columns`.
template <class C, class A, int W, int V, class Index>
LACUNA_NOINLINE void block_tile(const decoded_blocks<A>& w, const Index* columns, index_t n,
                                const std::int8_t* x, const std::int8_t* x_sums, float* sums) {
  // One register of sums would wait for its last fma: 8 tokens took 5.4 cycles a block.
  constexpr int U = V == 1 ? 2 : 1, L = A::lanes, bytes = V * L * 4, steps = 16 / W;
  simd::f32<A> sum[U][V];
  simd::unroll<U * V>([&](auto i) LACUNA_LAMBDA { sum[i / V][i % V] = simd::zero<A>(); });
  in_phases<U>(n, [&](auto phase, index_t i) LACUNA_LAMBDA {
    const auto column = static_cast<index_t>(columns[i]);
    const std::int8_t *const xb = x + column * (steps * bytes), *const xs = x_sums + column * bytes;
    simd::i32<A> exact[V];
    simd::unroll<V>([&](auto v) LACUNA_LAMBDA {
      exact[v] = codec_of<C>::has_zero ? simd::zero_i32<A>() : simd::load_raw<A>(xs + v * (L * 4));
    });
    simd::unroll<steps>([&](auto s) LACUNA_LAMBDA {
      const auto u = simd::window_raw<W, A>(w.u + i * 16 + s * W);
      simd::unroll<V>([&](auto v) LACUNA_LAMBDA {
        exact[v] = simd::dot_u8i8(exact[v], u, simd::load_raw<A>(xb + (s * V + v) * (L * 4)));
      });
    });
    const auto scale = simd::set<A>(w.scale[i * 4]);
    simd::unroll<V>([&](auto v) LACUNA_LAMBDA {
      auto products = simd::to_float(exact[v]);
      if constexpr (codec_of<C>::has_zero)
        products = products - simd::set<A>(w.zero[i * 4]) * simd::as_f32(simd::load_raw<A>(xs + v * (L * 4)));
      sum[phase][v] = simd::fma(products, scale, sum[phase][v]);
    });
  });
  simd::unroll<V>([&](auto v) LACUNA_LAMBDA {
    auto all = simd::load<A>(sums + v * L) + sum[0][v];
    if constexpr (U > 1) all = all + sum[1][v];
    simd::store(sums + v * L, all);
  });
}

inline constexpr index_t block_band = 32;
/// Block columns of a chunk: X's part fills half of L1, or all of X a bit more than L1.
template <class A>
LACUNA_INLINE index_t block_chunk(const block_tokens<A>& shape) {
  if (shape.columns * shape.column_bytes <= 65536) return shape.columns;
  const index_t fits = 24576 / shape.column_bytes;
  return fits < 8 ? 8 : fits > 64 ? 64 : fits;
}

/// The lanes of tile after tile to a number for each of n tokens, in place.
template <class A>
LACUNA_INLINE void fold_tiles(float* lanes, index_t n) {
  for_each_tile<A>(n, [&](auto tile, index_t t0, index_t, index_t from) {
    const index_t each = tile.lanes() / tile.tokens;
    for (index_t t = 0; t < tile.tokens && t0 + t < n; ++t) {
      float sum = lanes[from + t * each];
      for (index_t l = 1; l < each; ++l) sum += lanes[from + t * each + l];
      lanes[t0 + t] = sum;
    }
  });
}

/// Blocks [e, stop) of a row for all tiles; sums has their lanes.
template <class A, class View>
LACUNA_INLINE void block_codes_some(const View& a, index_t e, index_t stop, const block_tokens<A>& shape,
                                    index_t n, const std::int8_t* x, decoded_blocks<A>& w, float* sums) {
  using C = typename View::codec_type;
  const auto* const columns = a.where().at.col_idx.data();
  for (index_t next; e < stop; e = next) {
    next = e + decoded_blocks<A>::most < stop ? e + decoded_blocks<A>::most : stop;
    w.decode(a, e, next - e);
    for_each_tile<A>(n, [&](auto tile, index_t, index_t before, index_t lanes) LACUNA_LAMBDA {
      const std::int8_t* const at = x + before * shape.columns;
      if (tile.tokens == 1)
        sums[lanes] += block_codes_row<A>(a, e, next, at);
      else
        with_tile<A>(tile, [&](auto bytes, auto v) LACUNA_LAMBDA {
          block_tile<C, A, bytes, v>(w, columns + e, next - e, at, at + shape.columns * (16 * tile.tokens),
                                     sums + lanes);
        });
    });
  }
}

/// The rows of a flat piece: done(m, rows, sums, stride) for bands of them. `scratch` has block_band * shape.lanes floats.
template <class A, class View, class Piece, class Done>
void product_block_codes(const View& a, const Piece& piece, const std::int8_t* x, index_t n, float* scratch,
                         const Done& done) {
  const block_tokens<A> shape(a.cols(), n);
  const auto* const columns = a.where().at.col_idx.data();
  const index_t chunk = block_chunk(shape);
  decoded_blocks<A> w;
  for (index_t m = piece.row; m < piece.end; m += block_band) {
    const index_t rows = piece.end - m < block_band ? piece.end - m : block_band;
    if (n == 1) {
      for (index_t r = 0; r < rows; ++r)
        scratch[r] = block_codes_row<A>(a, piece.start(m + r), piece.stop(m + r), x);
    } else {
      index_t at[block_band];
      for (index_t r = 0; r < rows; ++r) at[r] = piece.start(m + r);
      std::memset(scratch, 0, static_cast<std::size_t>(rows * shape.lanes) * sizeof(float));
      for (index_t c = 0; c < shape.columns; c += chunk)
        for (index_t r = 0; r < rows; ++r) {
          const index_t first = at[r], stop = piece.stop(m + r);
          index_t e = c + chunk < shape.columns ? first : stop;
          while (e < stop && static_cast<index_t>(columns[e]) < c + chunk) ++e;
          at[r] = e;
          simd::prefetch_ahead(a.values().data() + codec_of<typename View::codec_type>::elements(at[r] * 16),
                               64);
          block_codes_some<A>(a, first, e, shape, n, x, w, scratch + r * shape.lanes);
        }
      for (index_t r = 0; r < rows; ++r) fold_tiles<A>(scratch + r * shape.lanes, n);
    }
    done(m, rows, scratch, shape.lanes);
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
