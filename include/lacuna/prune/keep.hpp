#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which positions stay, given their scores: of the whole matrix, or of each row.
//
//   keep::fraction{0.5}   llround(0.5 * rows * cols) positions with the largest scores
//   keep::count{k}        k of them
//   keep::per_row{0.5}    llround(0.5 * cols) positions of every row
//
// Counts are exact: halves round up, ties go to the lower row, then the lower column; a NaN score is kept
// before any number but infinity, which it ties with. A keep of your own is a type with one member, where
// scores.for_each_row(f) calls f(i, score pointer) and take(i, j) keeps a position (any order, twice is
// once):
//
//   template <class Scores, class Take> void select(const Scores& scores, Take take) const;
#include <cmath>
#include <lacuna/prune/score.hpp>
#include <lacuna/prune/select.hpp>

namespace lacuna {

/// K chooses among scores.
template <class K>
concept keep_policy = requires(const K& keep,
                               const scored_matrix<matrix_view<const float>, score::magnitude>& scores) {
  keep.select(scores, [](index_t, index_t) {});
};

inline namespace LACUNA_ARCH {

/// llround(fraction * total); fails with errc::argument unless 0 <= fraction <= 1.
inline index_t count_of(const char* keep, double fraction, index_t total) {
  if (!(fraction >= 0 && fraction <= 1))
    fail(errc::argument, std::string(keep) + ": need 0 <= fraction <= 1; got " + number_text("%g", fraction));
  // Above 2^53 the product may round past the total.
  return std::min<index_t>(std::llround(fraction * static_cast<double>(total)), total);
}

/// take(i, j) for the k largest scores. Needs room for all of them: one pass to find the cut, one to take.
template <class Scores, class Take>
void take_largest_of_all(const Scores& scores, index_t k, Take&& take) {
  using T = typename Scores::score_type;
  buffer<T> all(checked_product("prune", scores.rows(), scores.cols()));
  scores.for_each_row(
      [&](index_t i, const T* row) { std::copy(row, row + scores.cols(), all.data() + i * scores.cols()); });
  cut<T> c = find_cut(all.data(), all.size(), k);
  scores.for_each_row(
      [&](index_t i, const T* row) { take_within(c, row, scores.cols(), [&](index_t j) { take(i, j); }); });
}

/// take(i, j) for the k largest scores of every row.
template <class Scores, class Take>
void take_largest_of_rows(const Scores& scores, index_t k, Take&& take) {
  using T = typename Scores::score_type;
  buffer<T> scratch(scores.cols());
  scores.for_each_row([&](index_t i, const T* row) {
    take_largest(row, scores.cols(), k, scratch.data(), [&](index_t j) { take(i, j); });
  });
}

}  // namespace LACUNA_ARCH

namespace keep {

struct fraction {
  double kept;

  template <class Scores, class Take>
  LACUNA_INLINE void select(const Scores& scores, Take&& take) const {
    const index_t total = checked_product("keep::fraction", scores.rows(), scores.cols());
    take_largest_of_all(scores, count_of("keep::fraction", kept, total), take);
  }
};

struct count {
  index_t kept;

  template <class Scores, class Take>
  LACUNA_INLINE void select(const Scores& scores, Take&& take) const {
    const index_t total = checked_product("keep::count", scores.rows(), scores.cols());
    if (kept < 0 || kept > total)
      fail(errc::argument,
           "keep::count: need 0 <= count <= " + count_text(total) + "; got " + count_text(kept));
    take_largest_of_all(scores, kept, take);
  }
};

struct per_row {
  double kept;

  template <class Scores, class Take>
  LACUNA_INLINE void select(const Scores& scores, Take&& take) const {
    take_largest_of_rows(scores, count_of("keep::per_row", kept, scores.cols()), take);
  }
};

}  // namespace keep
}  // namespace lacuna
