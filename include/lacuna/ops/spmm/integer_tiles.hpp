#pragma once
// SPDX-License-Identifier: BSL-1.0
// The integer product of many tokens where there are tiles (simd/tiles.hpp): chunks of two panels are decoded to signed
// bytes once, then multiply all tokens.
//
//            16 tokens, 16 tokens
//   panel p   +------+------+        c in tiles, exact;  sums += s[row] * c  when a group of columns ends
//   panel p+1 +------+------+
//
// The same sums in the same order as in integer.hpp, so the same bits.
#include <lacuna/ops/codes/tiles.hpp>
#include <lacuna/ops/spmm/integer.hpp>
#include <lacuna/simd/tiles.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

inline constexpr index_t tile_rows = 16;
/// Tokens whose sums are kept at a time.
inline constexpr index_t tile_band = 128;

/// Columns of a tile: in one group.
template <class C>
inline constexpr int tile_bytes = group_period<C> == 0 || group_period<C> % 64 == 0 ? 64
                                  : group_period<C> % 32 == 0                       ? 32
                                                                                    : 16;

/// Tokens packed for tiles, [16 tokens][tile of columns][16][bytes], zeros after the last column and token; and what a
/// thread needs.
template <class C>
struct tile_tokens {
  index_t columns, tiles;  // of tokens
  LACUNA_INLINE tile_tokens(index_t cols, index_t n)
      : columns((cols + 63) / 64 * 64), tiles((n + tile_rows - 1) / tile_rows) {}
  LACUNA_INLINE index_t next() const { return columns * tile_rows; }
  LACUNA_INLINE index_t floats() const { return tiles * next() / 4; }
};

/// Bytes 0 2 4 6 | 1 3 5 7 of eight.
LACUNA_INLINE std::uint64_t even_and_odd(std::uint64_t x) {
  const auto even = [](std::uint64_t v) LACUNA_LAMBDA {
    v &= 0x00ff00ff00ff00ffu;
    v = (v | v >> 8) & 0x0000ffff0000ffffu;
    return (v | v >> 16) & 0x00000000ffffffffu;
  };
  return even(x) | even(x >> 8) << 32;
}

/// Tokens of tiles [first, last).
template <class C, int Turned, class Tokens>
void pack_tile_tokens(const Tokens& q, index_t first, index_t last, std::int8_t* to) {
  constexpr index_t B = tile_bytes<C>;
  const tile_tokens<C> shape(q.cols(), q.rows());
  for (index_t tile = first; tile < last; ++tile)
    for (index_t t = 0; t < tile_rows; ++t) {
      const index_t token = tile * tile_rows + t, cols = token < q.rows() ? q.cols() : 0;
      const std::int8_t* const from = q.values().data() + (cols > 0 ? token : 0) * q.cols();
      for (index_t k = 0; k < shape.columns; k += B) {
        std::uint64_t some[B / 8] = {};
        if (k < cols) std::memcpy(some, from + k, k + B <= cols ? B : static_cast<std::size_t>(cols - k));
        if constexpr (Turned != 0)
          for (auto& eight : some) eight = even_and_odd(eight);
        std::memcpy(to + tile * shape.next() + k * tile_rows + t * B, some, B);
      }
    }
}

/// What a thread keeps: chunks and scales of two panels; of a band of tokens the sums of four, [token][64], and the exact ones
/// of two, tile by tile.
struct tiles_room {
  static constexpr index_t panels = 4, stride = panels * panel_rows;
  static constexpr index_t panel_bytes = tile_chunk * panel_rows, panel_scales = tile_chunk / 16 * panel_rows;
  static constexpr index_t floats =
      panel_bytes / 2 + 2 * panel_scales + tile_band * (stride + 2 * panel_rows);
  std::int8_t* codes;
  float *scales, *sums;
  std::int32_t* exact;
  LACUNA_INLINE explicit tiles_room(float* at)
      : codes(reinterpret_cast<std::int8_t*>(at)),
        scales(at + panel_bytes / 2),
        sums(scales + 2 * panel_scales),
        exact(reinterpret_cast<std::int32_t*>(sums + tile_band * stride)) {}
};

/// sums[a][t][b][16] += scale[b][16] * c[a][b][t][16].
template <class A, int Count>
LACUNA_INLINE void add_tiles(const std::int32_t* c, const float* scales, float* sums) {
  static_assert(A::lanes == panel_rows);
  const simd::f32<A> s[2] = {simd::load<A>(scales), simd::load<A>(scales + tiles_room::panel_scales)};
  simd::unroll<Count>([&](auto a) LACUNA_LAMBDA {
    for (index_t t = 0; t < tile_rows; ++t)
      simd::unroll<2>([&](auto b) LACUNA_LAMBDA {
        float* const to = sums + (a * tile_rows + t) * tiles_room::stride + b * panel_rows;
        const auto exact = simd::to_float(simd::load<A>(c + (2 * a + b) * 256 + t * panel_rows));
        simd::store(to, simd::fma(exact, s[b], simd::load<A>(to)));
      });
  });
}

/// Columns [0, depth) of a decoded chunk times Count tiles of tokens at x. A group goes on from chunk to chunk if it has `more`
/// before and does not end.
template <class C, class A, int Count>
LACUNA_NOINLINE void code_tile_block(const tiles_room& w, const std::int8_t* x, index_t x_next, index_t depth,
                                     std::int32_t* exact, bool more, bool ends, float* sums) {
  constexpr index_t B = tile_bytes<C>, G = group_period<C> == 0 ? tile_chunk : group_period<C>;
  const auto products = [&](index_t k, index_t columns, std::int32_t* c, bool add) LACUNA_LAMBDA {
    simd::tile_products<B, Count, A>(x + k * tile_rows, x_next, w.codes + k * panel_rows, w.panel_bytes,
                                     (columns + B - 1) / B, c, add);
  };
  if constexpr (group_period<C> == 0) {
    products(0, depth, exact, more);
    if (ends) add_tiles<A, Count>(exact, w.scales, sums);
  } else {
    // One group ahead: its tiles are stored before they are read.
    alignas(64) std::int32_t c[2][Count * 512];
    products(0, G < depth ? G : depth, c[0], false);
    for (index_t g = 0; g * G < depth; ++g) {
      const index_t next = (g + 1) * G;
      if (next < depth) products(next, next + G < depth ? G : depth - next, c[(g + 1) % 2], false);
      add_tiles<A, Count>(c[g % 2], w.scales + g * panel_rows, sums);
    }
  }
}

/// Columns [k0, k1) of panel p, and its scales of the groups that lie there.
template <class Tiles, class A, class View>
LACUNA_NOINLINE void decode_tiles(const View& a, index_t p, index_t& slot, index_t k0, index_t k1,
                                  std::int8_t* to, float* scales) {
  using C = typename View::codec_type;
  constexpr index_t period = group_period<C>, G = period == 0 ? tile_chunk : period;
  const cell_t<C>* cells = a.scales().data() + p * groups_of<C>(a.cols()) * panel_rows;
  if (period != 0) cells += k0 / G * panel_rows;
  for (index_t k = k0; k < k1; k += G) {
    const group_scales<View, A> group(cells);
    simd::unroll<panel_registers<A>>(
        [&](auto r) LACUNA_LAMBDA { simd::store(scales + r * A::lanes, group.scale[r]); });
    Tiles::decode(a, p, slot, k, k + G < k1 ? k + G : k1, group.zero_bytes, to);
    to += G * panel_rows;
    scales += panel_rows;
    if (period != 0) cells += panel_rows;
  }
}

/// Sums of panels p and, of two, p + 1 for the tokens of tiles [first, last), at most a band.
template <class Tiles, class A, class View>
LACUNA_NOINLINE void tile_panels_product(const View& a, index_t p, index_t panels, const std::int8_t* x,
                                         index_t first, index_t last, const tiles_room& room, float* sums) {
  using C = typename View::codec_type;
  const index_t x_next = tile_tokens<C>(a.cols(), 0).next(), cols = a.cols();
  const simd::tile_scope<A> tiles(tile_bytes<C>);
  index_t slot[2] = {Tiles::start(a, p), panels == 2 ? Tiles::start(a, p + 1) : 0};
  for (index_t k = 0; k < cols; k += tile_chunk) {
    const index_t k1 = k + tile_chunk < cols ? k + tile_chunk : cols;
    for (index_t b = 0; b < panels; ++b)
      decode_tiles<Tiles, A>(a, p + b, slot[b], k, k1, room.codes + b * room.panel_bytes,
                             room.scales + b * room.panel_scales);
    const bool more = k % Tiles::longest != 0, ends = k1 == cols || k1 % Tiles::longest == 0;
    for (index_t tile = first; tile < last; tile += 2) {
      const std::int8_t* const at = x + tile * x_next + k * tile_rows;
      std::int32_t* const exact = room.exact + (tile - first) * (2 * 256);
      float* const to = sums + (tile - first) * (tile_rows * room.stride);
      if (tile + 1 < last)
        code_tile_block<C, A, 2>(room, at, x_next, k1 - k, exact, more, ends, to);
      else
        code_tile_block<C, A, 1>(room, at, x_next, k1 - k, exact, more, ends, to);
    }
  }
}

/// The rows of r, which starts at a panel, for all tokens; x as pack_tile_tokens leaves it.
template <class Tiles, class A, class View, class Scales, class Y, class Epilogue>
void product_tiles(const View& a, row_range r, const std::int8_t* x, const tiles_room& room,
                   const Scales& token_scale, const Y& y, const Epilogue& finish) {
  const auto by_token = [&](float v, index_t t, index_t m) LACUNA_LAMBDA { return finish(v, m, t); };
  for (index_t row = r.first; row < r.last; row += room.stride) {
    const index_t rows = r.last - row < room.stride ? r.last - row : room.stride;
    for (index_t t0 = 0; t0 < y.cols(); t0 += tile_band) {
      const index_t live = y.cols() - t0 < tile_band ? y.cols() - t0 : tile_band;
      const index_t tiles = (live + tile_rows - 1) / tile_rows;
      std::memset(room.sums, 0, sizeof(float) * static_cast<std::size_t>(tiles * tile_rows * room.stride));
      for (index_t i = 0; i < rows; i += 2 * panel_rows)
        tile_panels_product<Tiles, A>(a, (row + i) / panel_rows, rows - i > panel_rows ? 2 : 1, x,
                                      t0 / tile_rows, t0 / tile_rows + tiles, room, room.sums + i);
      for (index_t t = 0; t < live; ++t) {
        const auto scale = simd::set<A>(token_scale(t0 + t));
        float* const at = room.sums + t * room.stride;
        for (index_t i = 0; i < room.stride; i += A::lanes)
          simd::store(at + i, simd::load<A>(at + i) * scale);
      }
      put_sums<A>(room.sums, room.stride, live, rows, t0, row, transposed(y), by_token);
    }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
