#pragma once
// SPDX-License-Identifier: BSL-1.0
// Cuts the rows of a matrix into pieces of equal work, without memory: piece p of n starts at `piece_start`.
//
//   work before row i = stored values above it + i        (an empty row still costs one write)
//
// Boundaries are multiples of `grain` rows, so that rows a kernel handles together stay together.
#include <lacuna/format/pattern.hpp>

namespace lacuna {

struct row_range {
  index_t first = 0, last = 0;
};

inline namespace LACUNA_ARCH {

/// The smallest multiple of `grain` with at least p / pieces of the work before it; `rows` for p = pieces.
template <pattern P>
index_t piece_start(const positions<P>& w, index_t p, index_t pieces, index_t grain) {
  const index_t groups = (w.rows + grain - 1) / grain;
  if (p >= pieces) return w.rows;
  const auto work_before = [&](index_t group) {
    const index_t i = group * grain < w.rows ? group * grain : w.rows;
    if constexpr (counts_rows<P>)
      return static_cast<double>(P::stored_before(w, i)) + static_cast<double>(i);
    else
      return static_cast<double>(i);
  };
  const double goal = work_before(groups) * static_cast<double>(p) / static_cast<double>(pieces);
  index_t low = 0, high = groups;
  while (low < high) {
    const index_t mid = low + (high - low) / 2;
    if (work_before(mid) < goal)
      low = mid + 1;
    else
      high = mid;
  }
  return low * grain < w.rows ? low * grain : w.rows;
}

/// The rows of piece p of `pieces`; pieces are disjoint, in order, and cover all rows.
template <pattern P>
row_range piece_rows(const positions<P>& w, index_t p, index_t pieces, index_t grain) {
  return {piece_start(w, p, pieces, grain), piece_start(w, p + 1, pieces, grain)};
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
