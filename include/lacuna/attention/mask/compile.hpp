#pragma once
// SPDX-License-Identifier: BSL-1.0
// compile: asks a mask once about every tile and keeps those that are not absent, as CSR by query tiles.
//
//   ptr[z] .. ptr[z + 1]   the tiles of query tile z: idx = key tile, ascending; kind = partial or full
//
// transposed() lists the query tiles of every key tile. A last key tile that is not whole is partial: its row() has bits
// past the last key.
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/core/aligned.hpp>

namespace lacuna::mask {

/// Queries and keys of a tile.
struct tile_size {
  index_t queries = 64, keys = 64;
};

/// Borrowed lists of tiles.
struct tile_lists {
  const std::int32_t *ptr = nullptr, *idx = nullptr;
  const cover* kind = nullptr;
  index_t lines = 0;  ///< query tiles (of a transposed one: key tiles)

  LACUNA_INLINE index_t first(index_t line) const { return ptr[line]; }
  LACUNA_INLINE index_t last(index_t line) const { return ptr[line + 1]; }
  LACUNA_INLINE index_t tiles() const { return ptr[lines]; }
};

inline namespace LACUNA_ARCH {

/// f(query tile, key tile, cover) for every tile of nq x nk that is not absent, in order. Query i stands at i + offset.
template <uniform M, class F>
void for_each_tile(const M& m, index_t nq, index_t nk, tile_size size, index_t offset, const F& f) {
  for (index_t z = 0; z * size.queries < nq; ++z)
    for (index_t c = 0; c * size.keys < nk; ++c) {
      const index_t q0 = z * size.queries, k0 = c * size.keys;
      const index_t q1 = q0 + size.queries < nq ? q0 + size.queries : nq;
      const bool whole = k0 + size.keys <= nk;
      cover kind = m.covers({q0 + offset, q1 + offset, k0, whole ? k0 + size.keys : nk});
      if (kind == cover::absent) continue;
      f(z, c, whole ? kind : cover::partial);
    }
}

/// ptr has lines + 1 places, idx and kind as many as `for_each_tile` finds tiles.
template <uniform M>
void fill_tiles(const M& m, index_t nq, index_t nk, tile_size size, index_t offset, std::int32_t* ptr,
                std::int32_t* idx, cover* kind) {
  const index_t lines = (nq + size.queries - 1) / size.queries;
  for (index_t z = 0; z <= lines; ++z) ptr[z] = 0;
  std::int32_t n = 0;
  for_each_tile(m, nq, nk, size, offset, [&](index_t z, index_t c, cover k) {
    idx[n] = static_cast<std::int32_t>(c);
    kind[n] = k;
    ptr[z + 1] = ++n;
  });
  for (index_t z = 1; z <= lines; ++z) ptr[z] = ptr[z] < ptr[z - 1] ? ptr[z - 1] : ptr[z];
}

/// The same tiles by key tile: ptr has columns + 1 places, idx and kind as many as there are tiles.
inline void transpose_tiles(const tile_lists& from, index_t columns, std::int32_t* ptr, std::int32_t* idx,
                            cover* kind) {
  for (index_t c = 0; c <= columns; ++c) ptr[c] = 0;
  for (index_t t = 0; t < from.tiles(); ++t) ++ptr[from.idx[t] + 1];
  for (index_t c = 0; c < columns; ++c) ptr[c + 1] += ptr[c];
  for (index_t z = 0; z < from.lines; ++z)
    for (index_t t = from.first(z); t < from.last(z); ++t) {
      const std::int32_t to = ptr[from.idx[t]]++;  // the start of a column moves to its end, and back below
      idx[to] = static_cast<std::int32_t>(z);
      kind[to] = from.kind[t];
    }
  for (index_t c = columns; c > 0; --c) ptr[c] = ptr[c - 1];
  ptr[0] = 0;
}

[[noreturn]] LACUNA_NOINLINE inline void fail_tiles(index_t nq, index_t nk, tile_size size) {
  fail(errc::argument, "compile: need sizes >= 0 and tiles of at least one query and key; got " +
                           shape_text(nq, nk) + " in tiles of " + shape_text(size.queries, size.keys));
}

}  // namespace LACUNA_ARCH

/// Tiles of a mask, owned.
class compiled {
 public:
  LACUNA_INLINE compiled(index_t lines, index_t columns, index_t tiles)
      : ptr(lines + 1), idx(tiles), kind(tiles), lines_(lines), columns_(columns) {}
  LACUNA_INLINE tile_lists view() const { return {ptr.data(), idx.data(), kind.data(), lines_}; }
  LACUNA_INLINE index_t lines() const { return lines_; }
  LACUNA_INLINE index_t columns() const { return columns_; }
  LACUNA_INLINE index_t tiles() const { return idx.size(); }
  LACUNA_INLINE compiled transposed() const {
    compiled t(columns_, lines_, tiles());
    transpose_tiles(view(), columns_, t.ptr.data(), t.idx.data(), t.kind.data());
    return t;
  }

  buffer<std::int32_t> ptr, idx;
  buffer<cover> kind;

 private:
  owned_size lines_, columns_;
};

inline namespace LACUNA_ARCH {

/// The tiles of nq queries x nk keys; query i stands at position i + offset.
template <uniform M>
compiled compile(const M& m, index_t nq, index_t nk, tile_size size = {}, index_t offset = 0) {
  if (nq < 0 || nk < 0 || size.queries < 1 || size.keys < 1) fail_tiles(nq, nk, size);
  index_t n = 0;
  for_each_tile(m, nq, nk, size, offset, [&](index_t, index_t, cover) { ++n; });
  compiled c((nq + size.queries - 1) / size.queries, (nk + size.keys - 1) / size.keys, n);
  fill_tiles(m, nq, nk, size, offset, c.ptr.data(), c.idx.data(), c.kind.data());
  return c;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna::mask
