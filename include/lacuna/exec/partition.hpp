#pragma once
// SPDX-License-Identifier: BSL-1.0
// Cuts the rows of a matrix into pieces of equal work, without memory: piece p of n starts at `piece_start`.
//
//   work before row i = stored values above it + i        (an empty row still costs one write)
//                       + positions above it / P::positions_a_value, where a row is walked by its positions (masks)
//
// Boundaries are multiples of `grain` rows, so that rows a kernel handles together stay together.
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>

namespace lacuna {

struct row_range {
  index_t first = 0, last = 0;
};

inline namespace LACUNA_ARCH {

/// The smallest multiple of `grain` with at least p / pieces of the work before it; `rows` for p = pieces.
/// w is the positions<P> of a pattern P; without P::stored_before all rows count the same.
template <template <class> class Positions, class P>
index_t piece_start(const Positions<P>& w, index_t p, index_t pieces, index_t grain) {
  const index_t groups = (w.rows + grain - 1) / grain;
  if (p >= pieces) return w.rows;
  const auto work_before = [&](index_t group) {
    const index_t i = group * grain < w.rows ? group * grain : w.rows;
    double work = static_cast<double>(i);
    if constexpr (requires { P::stored_before(w, i); }) work += static_cast<double>(P::stored_before(w, i));
    if constexpr (requires { P::positions_a_value; })
      work +=
          static_cast<double>(i) * static_cast<double>(w.cols) / static_cast<double>(P::positions_a_value);
    return work;
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
template <template <class> class Positions, class P>
row_range piece_rows(const Positions<P>& w, index_t p, index_t pieces, index_t grain) {
  return {piece_start(w, p, pieces, grain), piece_start(w, p + 1, pieces, grain)};
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
