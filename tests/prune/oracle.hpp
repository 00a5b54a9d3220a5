#pragma once
// SPDX-License-Identifier: BSL-1.0
// The plain reference of a choice: sort all scores, keep the first k. O(n log n), and nothing to get wrong.
#include <algorithm>
#include <lacuna/format.hpp>
#include <lacuna/prune.hpp>
#include <vector>

#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

struct scored_position {
  double score;
  index_t row, col;
};

/// The first k when the larger score goes first, then the lower row, then the lower column.
inline std::vector<scored_position> k_largest(std::vector<scored_position> all, index_t k) {
  std::stable_sort(all.begin(), all.end(), [](const scored_position& a, const scored_position& b) {
    return a.score != b.score ? a.score > b.score : a.row != b.row ? a.row < b.row : a.col < b.col;
  });
  all.resize(static_cast<std::size_t>(k));
  return all;
}

/// Every position of rows [i0, i1) and columns [j0, j1), scored.
template <class Score>
std::vector<scored_position> positions_of(index_t i0, index_t i1, index_t j0, index_t j1,
                                          const Score& score) {
  std::vector<scored_position> all;
  for (index_t i = i0; i < i1; ++i)
    for (index_t j = j0; j < j1; ++j) all.push_back({score(i, j), i, j});
  return all;
}

/// 1 where something is kept: comparable with `difference`.
inline matrix<float> marks(index_t rows, index_t cols, const std::vector<scored_position>& kept) {
  matrix<float> m(rows, cols);
  for (const scored_position& p : kept) m(p.row, p.col) = 1;
  return m;
}

/// Normal weights, and some of a few values only, so that there are ties in plenty.
inline matrix<float> weights(index_t rows, index_t cols, bool with_ties, std::uint64_t seed) {
  return random_matrix(rows, cols, 1, seed, [with_ties](random_source& r) {
    return with_ties ? static_cast<float>(r.below(5) - 2) : r.any();
  });
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
