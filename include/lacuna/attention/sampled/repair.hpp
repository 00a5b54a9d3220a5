#pragma once
// SPDX-License-Identifier: BSL-1.0
// Repair: after a selection, sampled rows that keep too little get their best missing blocks until they keep enough.
//
//   repair(kept, h, rows, units, {.alpha = .95});
//
// units: the weights of each row by key block (sums::units{.stride = C}), so "CRA over the sampled rows >= alpha" becomes an
// invariant; with rows::all it holds for every row. alpha + slack >= 1 keeps all that a row sees.
#include <lacuna/attention/mask/causal.hpp>
#include <lacuna/attention/sampled/kept.hpp>
#include <lacuna/attention/sampled/sample.hpp>

namespace lacuna {

struct repair_options {
  double alpha = 0.95;
  /// On top of alpha, so that rounding cannot hide a row that keeps less: scores err by some dim u |q| |k| scale, u = 2^-24.
  double slack = 1e-4;
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// Blocks that row `seen` lacks, best first, until the mass is there. `missing` has a float for each block.
inline void repair_row(std::uint64_t* row, array_view<const float> mass, double goal, float* missing) {
  double all = 0, held = 0;
  for (index_t c = 0; c < mass.size(); ++c) {
    const bool here = select::has(row, c);
    missing[c] = here ? 0 : mass[c];
    all += static_cast<double>(mass[c]);
    if (here) held += static_cast<double>(mass[c]);
  }
  const double need = goal * all - held;
  if (!(need > 0)) return;
  const array_view<const float> rest(missing, mass.size());
  select::take(rest, select::share_cut(rest, need / (all - held)), row);
}

}  // namespace kernel

/// `rows`: positions (row numbers plus tokens of K less tokens of Q). units: [row of the sample][block of C keys].
inline void repair(kept_keys& kept, index_t list, array_view<const index_t> rows, index_t offset,
                   matrix_view<const float> units, const repair_options& o = {}) {
  const kept_shape& s = kept.shape();
  if (units.rows() != rows.size() || units.cols() != s.blocks())
    fail(errc::shape, "repair: need units[rows, blocks of keys], " + shape_text(rows.size(), s.blocks()) +
                          "; got " + shape_text(units.rows(), units.cols()));
  buffer<float> missing(s.blocks());
  for (index_t i = 0; i < rows.size(); ++i) {
    const index_t at = rows[i] + offset;
    if (at < 0) continue;
    std::uint64_t* const row = kept.row(list, at / s.R);
    if (o.alpha + o.slack >= 1)
      select::put_range(row, s.blocks(), 0, at / s.C + 1);
    else
      kernel::repair_row(row, {&units(i, 0), s.blocks()}, o.alpha + o.slack, missing.data());
  }
}

/// The same from Q and K: weighs the rows by blocks first. Lists are of query heads.
template <exec_policy Exec, class Q, class K>
void repair_sampled(const Exec& where, head_view<Q> q, head_view<K> k, array_view<const index_t> rows,
                    float scale, kept_keys& kept, const repair_options& o = {}) {
  const kept_shape& s = kept.shape();
  matrix<float> units(q.heads() * rows.size(), s.blocks());
  sample_scores(where, q, k, rows, mask::causal{}, sample_options<>{.scale = scale},
                sums::units{units.view(), s.C});
  for (index_t h = 0; h < q.heads(); ++h)
    repair(kept, h / s.heads_each, rows, k.tokens() - q.tokens(),
           units.view().block(h * rows.size(), 0, rows.size(), s.blocks()), o);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
