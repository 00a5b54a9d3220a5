#pragma once
// SPDX-License-Identifier: BSL-1.0
// The one set of shapes that every law is held against, and the four ways in which a dense operand may lie.
#include <lacuna/core/matrix.hpp>
#include <limits>
#include <vector>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

struct shape {
  index_t rows, cols;
};

/// 0, 1, lanes - 1, lanes, lanes + 1, primes, 0xn, nx0, and columns around a word of 64.
inline std::vector<shape> shapes(index_t lanes = 16) {
  return {{0, 0},
          {0, 5},
          {7, 0},
          {1, 1},
          {1, lanes},
          {lanes, 1},
          {lanes - 1, lanes + 1},
          {lanes, lanes},
          {lanes + 1, lanes - 1},
          {13, 37},
          {3, 64},
          {5, 65},
          {2 * lanes + 3, 127},
          {4, 4 * lanes}};
}

/// What is done to a random matrix before a law is held against it.
enum class filling { as_is, empty, empty_rows, one_full_row };

inline std::vector<filling> fillings() {
  return {filling::as_is, filling::empty, filling::empty_rows, filling::one_full_row};
}

inline const char* text(filling f) {
  switch (f) {
    case filling::as_is:
      return "as it is";
    case filling::empty:
      return "empty";
    case filling::empty_rows:
      return "every second row empty";
    case filling::one_full_row:
      return "one full row, the others empty";
  }
  return "";
}

/// `m` with rows emptied; the full row is filled only where `m` may be full (N:M patterns may not).
template <class T, class Layout>
matrix<T, Layout> filled(matrix<T, Layout> m, filling f, bool may_be_full = true) {
  for (index_t i = 0; i < m.rows(); ++i)
    for (index_t j = 0; j < m.cols(); ++j) {
      if (f == filling::empty || (f == filling::empty_rows && i % 2 == 0)) m(i, j) = T(0.0f);
      if (f == filling::one_full_row && i != m.rows() / 2) m(i, j) = T(0.0f);
      if (f == filling::one_full_row && i == m.rows() / 2 && may_be_full) m(i, j) = T(1.5f);
    }
  return m;
}

/// A matrix whose lines lie `gap` elements further apart than they must. The gaps hold NaN: whoever reads one
/// spreads it, whoever writes one is seen by `gaps_intact`.
template <class T, class Layout = row_major>
class gapped {
 public:
  gapped(index_t rows, index_t cols, index_t gap)
      : rows_(rows),
        cols_(cols),
        stride_((is_row_major<Layout> ? cols : rows) + gap),
        memory_(stride_ * (is_row_major<Layout> ? rows : cols)) {
    for (index_t s = 0; s < memory_.size(); ++s) memory_[s] = T(std::numeric_limits<float>::quiet_NaN());
    for (index_t i = 0; i < rows; ++i)
      for (index_t j = 0; j < cols; ++j) view()(i, j) = T(0.0f);
  }
  template <dense_operand M>
  gapped(const M& m, index_t gap) : gapped(as_view(m).rows(), as_view(m).cols(), gap) {
    const auto from = as_view(m);
    for (index_t i = 0; i < rows_; ++i)
      for (index_t j = 0; j < cols_; ++j) view()(i, j) = T(from(i, j));
  }
  matrix_view<T, Layout> view() { return {memory_.data(), rows_, cols_, stride_}; }
  matrix_view<const T, Layout> view() const { return {memory_.data(), rows_, cols_, stride_}; }

  bool gaps_intact() const {
    const index_t line = is_row_major<Layout> ? cols_ : rows_;
    for (index_t s = 0; s < memory_.size(); ++s) {
      const auto v = static_cast<float>(memory_[s]);
      if (s % stride_ >= line && v == v) return false;
    }
    return true;
  }

 private:
  index_t rows_, cols_, stride_;
  buffer<T> memory_;
};

/// f(view, "how it lies") for the same values in both layouts, without and with gaps between the lines.
template <class T, class Layout, class F>
void for_each_layout(const matrix<T, Layout>& m, F&& f) {
  const gapped<T, row_major> rows(m, 0), rows_apart(m, 3);
  const gapped<T, col_major> cols(m, 0), cols_apart(m, 3);
  f(rows.view(), "row-major");
  f(cols.view(), "column-major");
  f(rows_apart.view(), "row-major with gaps");
  f(cols_apart.view(), "column-major with gaps");
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
