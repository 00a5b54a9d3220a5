#pragma once
// SPDX-License-Identifier: BSL-1.0
// Tiles of the scores-only pass: 64 sampled rows meet 64 keys with prefill's own product, and no value is read.
//
//   rows of Q    any 64, packed [channel][64]; key tiles as prefill packs them
//   a fold       S tokens are one row of S * dim channels, Q's in reverse order, so that a score of folded rows is the
//                sum of an antidiagonal of an S x S square of scores (XAttention):
//                s(i, j) = sum over t of q[i S + S - 1 - t] . k[j S + t]
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/attention/prefill/pack.hpp>
#include <lacuna/attention/prefill/tile.hpp>
#include <lacuna/attention/prefill/weigh.hpp>

namespace lacuna {

/// What a reduction sees: normalised weights of 64 rows and 64 keys, [4 blocks][key][16 rows]; 0 where there is none.
struct weight_tile {
  const float* p;
  const index_t* position;  ///< of row i, i < rows
  index_t list;             ///< the head, or the KV head when groups are summed
  index_t first, rows;      ///< rows [first, first + rows) of the sample
  index_t k0, keys;         ///< keys [k0, k0 + keys); what lies past them in p is 0

  LACUNA_INLINE index_t blocks() const { return (rows + 15) / 16; }
  /// Rows of block b follow each other, all 16.
  LACUNA_INLINE bool is_run(index_t b) const {
    return b * 16 + 16 <= rows && position[b * 16 + 15] - position[b * 16] == 15;
  }
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// Shape of Q and K as they are multiplied.
template <class T>
struct sampled_shape {
  index_t dim = 0, fold = 1;
  tile_shape<T> tile{};

  LACUNA_INLINE sampled_shape(index_t d, index_t f)
      : dim(d), fold(f), tile{{static_cast<int>(d * f), static_cast<int>(tile_side)}} {}
  LACUNA_INLINE index_t width() const { return tile.width(); }
  LACUNA_INLINE index_t words() const { return tile.words(); }
  /// Of 64 rows as floats; the last one's padding may be written in whole registers.
  LACUNA_INLINE index_t row_floats() const { return tile_side * width() + 16; }
};

/// What a worker computes in.
template <class T>
struct sampled_scratch {
  float *queries, *rows, *scores, *weights, *m, *l, *rescale;
  index_t* position;
  std::uint64_t* seen;

  LACUNA_INLINE sampled_scratch(const sampled_shape<T>& s, carver& part) {
    queries = part.take<float>(tile_side * s.words());
    rows = part.take<float>(s.row_floats());
    scores = part.take<float>(tile_side * tile_side);
    weights = part.take<float>(tile_side * tile_side);
    m = part.take<float>(tile_side);
    l = part.take<float>(2 * tile_side);
    rescale = part.take<float>(tile_side);
    position = part.take<index_t>(tile_side);
    seen = part.take<std::uint64_t>(tile_side);
  }
  LACUNA_INLINE static index_t floats(const sampled_shape<T>& s) {
    carver count(nullptr);
    sampled_scratch(s, count);
    return count.floats();
  }
};

/// A folded row from `fold` rows of a tensor: `from(t)` gives channels of part t.
template <class A, class T, class From>
LACUNA_INLINE void fold_row(const sampled_shape<T>& s, float scale, const From& from, float* to) {
  for (index_t t = 0; t < s.fold; ++t) {
    const index_t at = t * s.dim, room = t + 1 < s.fold ? s.dim : s.width() - at;
    widen_row<A>(from(t), s.dim, room, scale, to + at);
  }
}

/// Rows list[0 .. n) of head h of Q as words [channel][64].
template <class A, class T, class Q>
LACUNA_NOINLINE void pack_sample(const sampled_shape<T>& s, const head_view<Q>& q, index_t h,
                                 const index_t* list, index_t n, float scale, float* rows, float* to) {
  for (index_t i = 0; i < n; ++i)
    fold_row<A>(
        s, scale, [&](index_t t) { return q.row(h, list[i] * s.fold + s.fold - 1 - t); },
        rows + i * s.width());
  std::memset(rows + n * s.width(), 0, static_cast<std::size_t>((tile_side - n) * s.width()) * sizeof(float));
  pack_lanes<A>(s.tile, rows, tile_side, to, tile_side);
}
/// Keys [k0, k0 + n) of KV head h as four tiles of 16.
template <class A, class T, class K>
LACUNA_NOINLINE void pack_sampled_keys(const sampled_shape<T>& s, const head_view<K>& k, index_t h,
                                       index_t k0, index_t n, float* rows, float* to) {
  for (index_t i = 0; i < n; ++i)
    fold_row<A>(
        s, 1.0f, [&](index_t t) { return k.row(h, (k0 + i) * s.fold + t); }, rows + i * s.width());
  std::memset(rows + n * s.width(), 0, static_cast<std::size_t>((tile_side - n) * s.width()) * sizeof(float));
  pack_keys<A>(s.tile, rows, to);
}

/// Bits of a mask for rows at any positions: bit i of seen[k] says that row i sees key k0 + k.
template <class M>
LACUNA_NOINLINE void seen_by(const M& m, const index_t* position, index_t rows, index_t k0, index_t nk,
                             std::uint64_t* seen) {
  const std::uint64_t live = mask::first_bits(nk - k0);
  for (index_t i = 0; i < tile_side; ++i) seen[i] = i < rows ? m.row(position[i], k0) & live : 0;
  mirror_bits(seen);
}

/// What a mask says of a tile whose rows stand at ascending positions; positions below 0 see nothing.
template <class M>
LACUNA_INLINE mask::cover covered(const M& m, const index_t* position, index_t rows, index_t k0, index_t nk) {
  const index_t q1 = position[rows - 1] + 1, k1 = k0 + tile_side < nk ? k0 + tile_side : nk;
  const mask::cover c = m.covers({position[0], q1, k0, k1});
  return c == mask::cover::full && k1 - k0 < tile_side ? mask::cover::partial : c;
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
