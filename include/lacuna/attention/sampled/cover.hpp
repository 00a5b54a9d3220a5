#pragma once
// SPDX-License-Identifier: BSL-1.0
// Cover: whole lines of blocks - a column, or a diagonal - until every sampled row keeps its share. Where repair mends the
// rows that were seen, a line also serves the rows between them.
//
//   lack(row) = max(0, alpha - mass kept)       gain(line) = sum over rows of min(lack, mass of the row's block on it)
//
// Greedy by gain for each block that the line costs: submodular cover, within ln(rows) of the cheapest set of lines. Lines
// that gain half as much as the best one are taken with it, so that a head takes some tens of rounds.
#include <lacuna/attention/sampled/repair.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// One round's memory: [row][block] masses that are not kept yet, and the gains of both kinds of lines.
struct cover_state {
  matrix<float> left;
  buffer<float> lack, columns,
      diagonals;  ///< diagonals: at block + rows - 1 - row, so that both are walked forwards
};

/// What every line would gain.
LACUNA_NOINLINE inline void gains_of_lines(cover_state& s, array_view<const index_t> rows, index_t offset,
                                           index_t side) {
  const index_t n = s.left.cols();
  s.columns.clear();
  s.diagonals.clear();
  for (index_t i = 0; i < rows.size(); ++i) {
    const float lack = s.lack[i];
    const index_t r = (rows[i] + offset) / side;
    if (!(lack > 0)) continue;
    const float* const mass = &s.left(i, 0);
    float *const column = s.columns.data(), *const diagonal = s.diagonals.data() + (n - 1 - r);
    for (index_t c = 0; c <= r; ++c) {
      const float gain = mass[c] < lack ? mass[c] : lack;
      column[c] += gain;
      diagonal[c] += gain;
    }
  }
}

/// Takes block c of the rows of query block r out of what is left.
inline void cover_block(cover_state& s, index_t i, index_t c) {
  s.lack[i] -= s.left(i, c);
  s.left(i, c) = 0;
}

}  // namespace kernel

/// Adds lines to `list` until each row keeps alpha (+ slack). units: [row][block], as repair takes them; square blocks.
inline void cover(kept_keys& kept, index_t list, array_view<const index_t> rows, index_t offset,
                  matrix_view<float> units, const repair_options& o = {}) {
  const kept_shape& s = kept.shape();
  const index_t n = s.blocks();
  if (s.R != s.C || units.rows() != rows.size() || units.cols() != n)
    fail(errc::shape, "cover: need square blocks and units[rows, blocks], " + shape_text(rows.size(), n) +
                          "; got " + shape_text(units.rows(), units.cols()));
  const auto row_of = [&](index_t i) { return (rows[i] + offset) / s.R; };
  kernel::cover_state state{matrix<float>(rows.size(), n), buffer<float>(rows.size()), buffer<float>(n),
                            buffer<float>(2 * n)};
  for (index_t i = 0; i < rows.size(); ++i) {
    double all = 0;
    for (index_t c = 0; c < n; ++c) all += static_cast<double>(state.left(i, c) = units(i, c));
    state.lack[i] = static_cast<float>((o.alpha + o.slack) * all);
    for (index_t c = 0; c < n; ++c)
      if (rows[i] + offset >= 0 && select::has(kept.row(list, row_of(i)), c))
        kernel::cover_block(state, i, c);
    if (rows[i] + offset < 0) state.lack[i] = 0;
  }
  for (;;) {
    kernel::gains_of_lines(state, rows, offset, s.R);
    float best = 0;
    for (index_t c = 0; c < n; ++c) {
      const auto cost = static_cast<float>(n - c);
      best = std::max({best, state.columns[c] / cost, state.diagonals[n - 1 - c] / cost});
    }
    if (!(best > 1e-9f)) return;
    for (index_t c = 0; c < n; ++c) {
      const float least = best / 2 * static_cast<float>(n - c);
      if (state.columns[c] >= least) {
        kept.add_range(list, c * s.C, c * s.C + 1);
        for (index_t i = 0; i < rows.size(); ++i) kernel::cover_block(state, i, c);
      }
      if (state.diagonals[n - 1 - c] >= least) {  // query block less key block = c
        for (index_t r = c; r < n; ++r) select::put(kept.row(list, r), r - c);
        for (index_t i = 0; i < rows.size(); ++i)
          if (row_of(i) >= c) kernel::cover_block(state, i, row_of(i) - c);
      }
    }
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
