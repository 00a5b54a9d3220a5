#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a keep policy is made of: the scores of a matrix, row by row, and an exact choice of the k largest.
//
//   scores   9 4 7 4 4      k = 3:  cut = 4 with 1 tie to take  ->  9 4 7 . .
//
// Ties go to the lower index. A NaN score counts as infinity, so a broken weight is kept and seen, not lost.
#include <algorithm>
#include <lacuna/core/matrix.hpp>
#include <limits>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Ours, not std::greater: what the library instantiates for it must not be shared between objects of other flags.
struct larger {
  template <class T>
  LACUNA_INLINE bool operator()(T a, T b) const {
    return a > b;
  }
};

/// A matrix seen through a score: what `select` of a keep policy gets.
template <class View, class Score>
class scored_matrix {
  using weight = std::remove_const_t<typename View::element>;
  using value = std::conditional_t<std::is_same_v<weight, double>, double, float>;

 public:
  /// float or double, whatever the score returns.
  using score_type = std::remove_cvref_t<std::invoke_result_t<const Score&, value, index_t, index_t>>;

  LACUNA_INLINE scored_matrix(View weights, const Score& score) : weights_(weights), score_(score) {}
  LACUNA_INLINE index_t rows() const { return weights_.rows(); }
  LACUNA_INLINE index_t cols() const { return weights_.cols(); }

  /// f(i, scores) for each row, in order; `scores` points to cols() of them, until f returns.
  template <class F>
  LACUNA_INLINE void for_each_row(F&& f) const {
    buffer<score_type> band(checked_product("prune", band_rows, cols()));
    for (index_t i = 0; i < rows(); ++i) {
      if (i % band_rows == 0) fill(i, std::min(i + band_rows, rows()), band.data());
      f(i, static_cast<const score_type*>(band.data() + i % band_rows * cols()));
    }
  }

 private:
  // 16 rows of a column-major float matrix are the cache line that one of them needs.
  static constexpr index_t band_rows = 16;

  // Never inlined: whoever asks twice for a row runs the same instructions, so sees the same bits.
  LACUNA_NOINLINE void fill(index_t first, index_t last, score_type* out) const {
    const auto put = [&](index_t i, index_t j) {
      const score_type s = score_(static_cast<value>(weights_(i, j)), i, j);
      out[(i - first) * cols() + j] = s == s ? s : std::numeric_limits<score_type>::infinity();
    };
    if constexpr (View::by_rows) {
      for (index_t i = first; i < last; ++i)
        for (index_t j = 0; j < cols(); ++j) put(i, j);
    } else {
      for (index_t j = 0; j < cols(); ++j)
        for (index_t i = first; i < last; ++i) put(i, j);
    }
  }

  View weights_;
  const Score& score_;
};

/// Where the k largest end: everything above `least` is in, and the first `ties` scores equal to it.
template <class T>
struct cut {
  T least;
  index_t ties;
};

/// The cut of the k largest of n scores, 0 <= k <= n, O(n); changes their order.
template <class T>
cut<T> find_cut(T* scores, index_t n, index_t k) {
  if (k == 0) return {std::numeric_limits<T>::infinity(), 0};
  std::nth_element(scores, scores + (k - 1), scores + n, larger{});
  const T least = scores[k - 1];
  return {least, static_cast<index_t>(std::count(scores, scores + k, least))};
}

/// f(j) for the scores within the cut, j ascending; uses up its ties, so that it may go on with the next row.
template <class T, class F>
LACUNA_INLINE void take_within(cut<T>& c, const T* scores, index_t n, F&& f) {
  for (index_t j = 0; j < n; ++j) {
    const bool tie = scores[j] == c.least && c.ties > 0;
    if (tie) --c.ties;
    if (tie || scores[j] > c.least) f(j);
  }
}

/// f(j) for the k largest of n scores, j ascending; `scratch` has room for n.
template <class T, class F>
LACUNA_INLINE void take_largest(const T* scores, index_t n, index_t k, T* scratch, F&& f) {
  std::copy(scores, scores + n, scratch);
  cut<T> c = find_cut(scratch, n, k);
  take_within(c, scores, n, f);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
