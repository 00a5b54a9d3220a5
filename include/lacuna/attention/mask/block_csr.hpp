#pragma once
// SPDX-License-Identifier: BSL-1.0
// block_csr: a list of key blocks for each block of queries, as selectors and other systems make it (FlashInfer's BSR).
//
//   block row q / R sees block column c = idx[ptr[r]] ... idx[ptr[r + 1] - 1], keys [c * C, c * C + C)
//
// Queries past the last block row, and before position 0, see nothing.
#include <algorithm>
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/core/aligned.hpp>
#include <string>

namespace lacuna::mask {

/// Borrowed; columns of a row ascend without repetition (`validate` looks).
struct block_csr {
  array_view<const std::int32_t> ptr{}, idx{};
  index_t R = 64, C = 64;  ///< queries and keys of a block; >= 1

  LACUNA_INLINE cover covers(const tile& t) const {
    if (t.q1 <= 0) return cover::absent;  // queries before position 0 see nothing
    index_t seen = 0, all = t.q0 < 0 ? 1 : 0;
    const index_t c0 = t.k0 / C, c1 = (t.k1 - 1) / C + 1;
    for (index_t r = t.q0 < 0 ? 0 : t.q0 / R; r <= (t.q1 - 1) / R; ++r, all += c1 - c0)
      seen += from(r, c1) - from(r, c0);
    return seen == 0 ? cover::absent : seen == all ? cover::full : cover::partial;
  }
  LACUNA_INLINE std::uint64_t row(index_t q, index_t k0) const {
    std::uint64_t bits = 0;
    if (q < 0) return bits;
    const index_t r = q / R;
    for (const std::int32_t *c = from(r, k0 / C), *last = from(r, (k0 + 63) / C + 1); c != last; ++c)
      bits |= bits_between(*c * C, *c * C + C, k0);
    return bits;
  }

 private:
  LACUNA_INLINE const std::int32_t* from(index_t r, index_t column) const {
    if (r < 0 || r >= ptr.size() - 1) return idx.data();
    return std::lower_bound(idx.data() + ptr[r], idx.data() + ptr[r + 1], column);
  }
};

inline namespace LACUNA_ARCH {

/// Fails with errc::data unless the lists are well formed: O(blocks), for lists from outside.
inline void validate(const block_csr& m) {
  const auto refuse = [](const std::string& what) {
    fail(errc::data,
         "block_csr: need R, C >= 1, ptr ascending from 0 to the number of blocks, and columns "
         ">= 0 ascending in a row; got " +
             what);
  };
  if (m.R < 1 || m.C < 1) refuse("blocks of " + shape_text(m.R, m.C));
  const index_t rows = m.ptr.size() - 1;
  if (rows < 0 || m.ptr[0] != 0 || m.ptr[rows] != m.idx.size())
    refuse("ptr that does not span " + count_text(m.idx.size()) + " blocks");
  for (index_t r = 0; r < rows; ++r) {
    if (m.ptr[r + 1] < m.ptr[r] || m.ptr[r + 1] > m.idx.size())
      refuse("ptr that descends after row " + count_text(r));
    for (index_t i = m.ptr[r]; i < m.ptr[r + 1]; ++i)
      if (m.idx[i] < 0 || (i > m.ptr[r] && m.idx[i] <= m.idx[i - 1]))
        refuse("others in row " + count_text(r));
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna::mask
