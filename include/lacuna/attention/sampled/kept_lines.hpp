#pragma once
// SPDX-License-Identifier: BSL-1.0
// Whole columns and diagonals, key by key, for each head; what they keep is counted in closed form:
//
//   pairs = sum over columns c of (n - c) + sum over distances d of (n - d) - #{(c, d): c + d < n}
//
// Tiles of the product see the union of their lines, so this is the exact mask of a study, not the fast one of a kernel
// (kept_keys rounds lines up to blocks).
#include <lacuna/attention/mask/algebra.hpp>
#include <lacuna/attention/mask/columns.hpp>
#include <lacuna/attention/mask/slashes.hpp>
#include <lacuna/attention/select/cut.hpp>
#include <vector>

namespace lacuna {

/// One head's lines; both lists ascend.
struct head_lines {
  std::vector<index_t> columns, distances;
};

struct kept_lines {
  struct view {
    const head_lines* of;
    LACUNA_INLINE mask::either<mask::columns, mask::slashes> head(index_t h) const {
      return {{of[h].columns}, {of[h].distances}};
    }
  };
  index_t tokens = 0;
  std::vector<head_lines> of;
  LACUNA_INLINE view mask() const { return {of.data()}; }
};

inline namespace LACUNA_ARCH {

/// The best `lines` columns and the best `lines` diagonals; the query itself always.
inline head_lines best_lines(array_view<const float> columns, array_view<const float> slashes,
                             index_t lines) {
  head_lines h;
  select::each_taken(columns, select::top_cut(columns, lines), [&](index_t c) { h.columns.push_back(c); });
  h.distances.push_back(0);
  select::each_taken(slashes, select::top_cut(slashes, lines), [&](index_t d) {
    if (d > 0) h.distances.push_back(d);
  });
  return h;
}
/// (query, key) pairs with k <= q < n on the lines.
inline index_t kept_pairs(const head_lines& h, index_t n) {
  index_t sum = 0;
  for (const index_t c : h.columns) sum += n - c;
  std::size_t both = h.columns.size();  // columns c with c + d < n
  for (const index_t d : h.distances) {
    while (both > 0 && h.columns[both - 1] + d >= n) --both;
    sum += n - d - static_cast<index_t>(both);
  }
  return sum;
}
/// Of a causal prefill of all tokens.
inline double kept_share(const kept_lines& kept) {
  const double n = static_cast<double>(kept.tokens), whole = n * (n + 1) / 2;
  double sum = 0;
  for (const head_lines& h : kept.of) sum += static_cast<double>(kept_pairs(h, kept.tokens));
  return whole > 0 ? sum / (whole * static_cast<double>(kept.of.size())) : 1;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
