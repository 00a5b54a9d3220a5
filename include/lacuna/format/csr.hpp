#pragma once
// SPDX-License-Identifier: BSL-1.0
// Compressed sparse rows, as everyone lays them out. Index and offset types are apart: columns rarely need
// more than 32 bits (often 16), offsets must hold the number of nonzeros.
//
//   row i: columns col_idx[row_ptr[i] .. row_ptr[i+1]), ascending; values in the same order
//   0 a 0 b        row_ptr 0 2 3
//   c 0 0 0        col_idx 1 3 0      values a b c
#include <lacuna/format/pattern.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// The first defect of a compressed index: `lines` lines, entries below `limit`, strictly ascending in a line.
template <class Offset, class Index>
std::string find_index_defect(const std::string& name, array_view<const Offset> row_ptr,
                              array_view<const Index> col_idx, index_t lines, index_t limit) {
  const auto text = [](auto v) { return count_text(v); };
  if (row_ptr[0] != 0) return defect_text(name, "row_ptr[0] = 0", text(row_ptr[0]));
  for (index_t i = 0; i < lines; ++i) {
    const auto first = static_cast<index_t>(row_ptr[i]), last = static_cast<index_t>(row_ptr[i + 1]);
    if (last < first || last > col_idx.size())
      return defect_text(name, "row_ptr ascending and <= " + text(col_idx.size()),
                         text(last) + " after " + text(first) + " at row " + text(i));
    for (index_t s = first; s < last; ++s) {
      const auto k = static_cast<index_t>(col_idx[s]);
      if (k < 0 || k >= limit)
        return defect_text(name, "0 <= col_idx < " + text(limit),
                           text(k) + " in row " + text(i) + " (entry " + text(s) + ")");
      if (s > first && k <= static_cast<index_t>(col_idx[s - 1]))
        return defect_text(name, "col_idx strictly ascending in a row",
                           text(k) + " after " + text(col_idx[s - 1]) + " in row " + text(i) + " (entry " +
                               text(s) + ")");
    }
  }
  return {};
}

}  // namespace LACUNA_ARCH

template <std::integral Index = std::int32_t, std::integral Offset = std::int64_t>
struct basic_csr {
  static constexpr bool filled = false;

  template <template <class> class Array>
  struct arrays {
    Array<Offset> row_ptr;  // rows + 1
    Array<Index> col_idx;   // nnz
    template <class F>
    LACUNA_INLINE auto apply(F&& f) const {
      return f(row_ptr, col_idx);
    }
  };
  using where = positions<basic_csr>;

  LACUNA_INLINE static std::string name() { return "csr"; }
  LACUNA_INLINE static index_t stored(const where& w) {
    check_length<basic_csr>("row_ptr", w.rows + 1, w.at.row_ptr.size());
    check_length<basic_csr>("col_idx", static_cast<index_t>(w.at.row_ptr[w.rows]), w.at.col_idx.size());
    return w.at.col_idx.size();
  }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) {
    return static_cast<index_t>(w.at.row_ptr[i]);
  }
  template <class F>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, F&& f) {
    const auto last = static_cast<index_t>(w.at.row_ptr[i + 1]);
    for (auto s = static_cast<index_t>(w.at.row_ptr[i]); s < last; ++s)
      f(static_cast<index_t>(w.at.col_idx[s]), s);
  }
  LACUNA_INLINE static std::string find_defect(const where& w) {
    return find_index_defect(name(), w.at.row_ptr, w.at.col_idx, w.rows, w.cols);
  }
  LACUNA_INLINE static std::size_t model_bytes(index_t rows, index_t, index_t stored) {
    return static_cast<std::size_t>(stored) * sizeof(Index) +
           static_cast<std::size_t>(rows + 1) * sizeof(Offset);
  }
  template <class Kept>
  LACUNA_INLINE static arrays<owned> build(index_t rows, index_t cols, Kept&& kept) {
    return build_as<arrays<owned>>(name(), "column", rows, cols, kept);
  }
  /// The arrays under another name: a block row of bsr is compressed as a row is.
  template <class Arrays, class Kept>
  LACUNA_INLINE static Arrays build_as(const std::string& who, const char* column, index_t rows, index_t cols,
                                       Kept&& kept) {
    check_fits<Index>(who, column, cols - 1);
    buffer<Offset> row_ptr(rows + 1);
    index_t n = 0;
    for (index_t i = 0; i < rows; ++i) {
      kept(i, [&](index_t) { ++n; });
      check_fits<Offset>(who, "nnz", n);
      row_ptr[i + 1] = static_cast<Offset>(n);
    }
    buffer<Index> col_idx(n);
    n = 0;
    for (index_t i = 0; i < rows; ++i) kept(i, [&](index_t k) { col_idx[n++] = static_cast<Index>(k); });
    return {std::move(row_ptr), std::move(col_idx)};
  }
};

using csr = basic_csr<>;

}  // namespace lacuna
