#pragma once
// SPDX-License-Identifier: BSL-1.0
// N of every M neighbours of a row stay: keep::groups<nm<2,4>>{} (P: any pattern with members N and M).
//
//   |.1 .9 .3 .4|.2 .2 .2 .2|.7|   2:4   ->   |. x . x|x x . .|x|
//
// A short last group of m columns keeps min(N, m). Ties go to the lower column.
#include <lacuna/prune/keep.hpp>

namespace lacuna {

/// P keeps N of every M columns of a row.
template <class P>
concept grouped = requires {
  requires P::N >= 1 && P::N <= P::M;
  { P::M } -> std::convertible_to<int>;
};

inline namespace LACUNA_ARCH {

template <int N, int M, class Scores, class Take>
void take_largest_of_groups(const Scores& scores, Take&& take) {
  using T = typename Scores::score_type;
  scores.for_each_row([&](index_t i, const T* row) {
    T scratch[M];
    for (index_t j0 = 0; j0 < scores.cols(); j0 += M) {
      const index_t width = std::min<index_t>(M, scores.cols() - j0);
      take_largest(row + j0, width, std::min<index_t>(N, width), scratch,
                   [&](index_t j) { take(i, j0 + j); });
    }
  });
}

}  // namespace LACUNA_ARCH

namespace keep {

template <grouped P>
struct groups {
  template <class Scores, class Take>
  LACUNA_INLINE void select(const Scores& scores, Take&& take) const {
    take_largest_of_groups<P::N, P::M>(scores, take);
  }
};

}  // namespace keep
}  // namespace lacuna
