#pragma once
// SPDX-License-Identifier: BSL-1.0
// Whole R x C blocks stay.
//
//   keep::blocks<4,4>{0.1}          llround(0.1 * blocks) of the matrix
//   keep::blocks_per_row<1,16>{0.5} llround(0.5 * blocks of a row) of every block row
//
//   A block is worth the sum of its scores, in double: for magnitudes its L1 norm, what dropping it loses.
//
// Blocks lie on the grid that bsr<R, C> has. One at the edge is worth, and keeps, what is inside the matrix.
// Ties go to the lower block row, then the lower block column.
#include <lacuna/prune/keep.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// The worth of each block, row by row.
template <int R, int C, class Scores>
matrix<double> block_sums(const Scores& scores) {
  using T = typename Scores::score_type;
  const index_t rows = scores.rows(), cols = scores.cols();
  matrix<double> sums(rows / R + (rows % R != 0), cols / C + (cols % C != 0));
  scores.for_each_row([&](index_t i, const T* row) {
    double* const line = sums.data() + i / R * sums.cols();
    for (index_t j = 0; j < cols; ++j) line[j / C] += static_cast<double>(row[j]);
  });
  return sums;
}

/// take(i, j) for all of the k best of each `together` block rows.
template <int R, int C, class Scores, class Take>
void take_largest_blocks(const Scores& scores, const matrix<double>& sums, index_t together, index_t k,
                         Take&& take) {
  const index_t blocks = together * sums.cols();
  buffer<double> worth(blocks), scratch(blocks);
  for (index_t b0 = 0; b0 < sums.rows(); b0 += together) {
    // Infinities of both signs in one block make a NaN, which counts as infinity here, too.
    std::replace_copy_if(
        sums.data() + b0 * sums.cols(), sums.data() + (b0 + together) * sums.cols(), worth.data(),
        [](double s) { return s != s; }, std::numeric_limits<double>::infinity());
    take_largest(static_cast<const double*>(worth.data()), blocks, k, scratch.data(), [&](index_t block) {
      const index_t i0 = (b0 + block / sums.cols()) * R, j0 = block % sums.cols() * C;
      for (index_t i = i0; i < std::min(i0 + R, scores.rows()); ++i)
        for (index_t j = j0; j < std::min(j0 + C, scores.cols()); ++j) take(i, j);
    });
  }
}

}  // namespace LACUNA_ARCH

namespace keep {

template <int R, int C>
struct blocks {
  static_assert(R >= 1 && C >= 1, "lacuna::keep::blocks<R, C> needs R >= 1 and C >= 1");
  double kept;

  template <class Scores, class Take>
  LACUNA_INLINE void select(const Scores& scores, Take&& take) const {
    const matrix<double> sums = block_sums<R, C>(scores);
    if (sums.rows() > 0)
      take_largest_blocks<R, C>(scores, sums, sums.rows(),
                                count_of("keep::blocks", kept, sums.rows() * sums.cols()), take);
  }
};

/// GQSA's groups: blocks_per_row<1,16>.
template <int R, int C>
struct blocks_per_row {
  static_assert(R >= 1 && C >= 1, "lacuna::keep::blocks_per_row<R, C> needs R >= 1 and C >= 1");
  double kept;

  template <class Scores, class Take>
  LACUNA_INLINE void select(const Scores& scores, Take&& take) const {
    const matrix<double> sums = block_sums<R, C>(scores);
    take_largest_blocks<R, C>(scores, sums, 1, count_of("keep::blocks_per_row", kept, sums.cols()), take);
  }
};

}  // namespace keep
}  // namespace lacuna
