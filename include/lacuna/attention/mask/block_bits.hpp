#pragma once
// SPDX-License-Identifier: BSL-1.0
// block_bits: one bit for each block of queries x block of keys, as selectors make them before they are lists.
//
//   position q sees key k where bit k / C of row q / R is set
//
// A tile is answered from a word or two, where block_csr searches a list; compile() makes lists of it, transposed() the
// inverted index. R = 1: each query its own blocks (NSA). C = 1: single keys for a block of queries (DHSA).
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/attention/select/bits.hpp>

namespace lacuna::mask {

/// Borrowed: rows x words_of(columns). Queries outside [0, rows * R) see nothing.
struct block_bits {
  const std::uint64_t* words = nullptr;
  index_t rows = 0, columns = 0;
  index_t R = 64, C = 64;  ///< queries and keys of a block; >= 1

  LACUNA_INLINE const std::uint64_t* line(index_t r) const { return words + r * select::words_of(columns); }
  LACUNA_INLINE cover covers(const tile& t) const {
    const index_t c0 = t.k0 / C, c1 = (t.k1 - 1) / C + 1 < columns ? (t.k1 - 1) / C + 1 : columns;
    const index_t last = (t.q1 - 1) / R;
    if (t.q1 <= 0 || c0 >= c1 || t.q0 / R >= rows) return cover::absent;
    index_t seen = 0, all = t.q0 < 0 || last >= rows || (t.k1 - 1) / C >= columns ? 1 : 0;
    for (index_t r = t.q0 < 0 ? 0 : t.q0 / R; r <= last && r < rows; ++r, all += c1 - c0) {
      seen += select::count(line(r), c0, c1);
      if (seen > 0 && seen < all + c1 - c0) return cover::partial;
    }
    return seen == 0 ? cover::absent : seen == all ? cover::full : cover::partial;
  }
  LACUNA_INLINE std::uint64_t row(index_t q, index_t k0) const {
    if (q < 0 || q / R >= rows) return 0;
    const std::uint64_t* const own = line(q / R);
    if (C == 1 && k0 % 64 == 0) return k0 / 64 < select::words_of(columns) ? own[k0 / 64] : 0;
    std::uint64_t bits = 0;
    for (index_t c = k0 / C; c < columns && c * C < k0 + 64; ++c)
      if (select::has(own, c)) bits |= bits_between(c * C, c * C + C, k0);
    return bits;
  }
};

}  // namespace lacuna::mask
