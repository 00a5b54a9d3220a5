#pragma once
// SPDX-License-Identifier: BSL-1.0
// Block compressed sparse rows: whole R x C blocks are stored, each row-major, block rows as in csr.
//
//   block row b, entry e: block column col_idx[e], values[(e * R + i % R) * C + k % C]
//
// Blocks over the edge keep their full size; what lies outside the matrix is never read as a value.
#include <lacuna/format/csr.hpp>

namespace lacuna {

template <int R_, int C_, std::integral Index = std::int32_t, std::integral Offset = std::int64_t>
  requires(R_ >= 1 && C_ >= 1)
struct bsr {
  static constexpr int R = R_, C = C_;
  static constexpr bool filled = true;

  template <template <class> class Array>
  struct arrays {
    Array<Offset> row_ptr;  // ceil(rows / R) + 1, in blocks
    Array<Index> col_idx;   // blocks
    template <class F>
    LACUNA_INLINE auto apply(F&& f) const {
      return f(row_ptr, col_idx);
    }
  };
  using where = positions<bsr>;

  LACUNA_INLINE static std::string name() {
    return "bsr<" + count_text(R) + "," + count_text(C) + ">";
  }
  static constexpr index_t block_rows(index_t rows) { return (rows + R - 1) / R; }
  static constexpr index_t block_cols(index_t cols) { return (cols + C - 1) / C; }

  LACUNA_INLINE static index_t stored(const where& w) {
    const index_t lines = block_rows(w.rows);
    check_length<bsr>("row_ptr", lines + 1, w.at.row_ptr.size());
    check_length<bsr>("col_idx", static_cast<index_t>(w.at.row_ptr[lines]), w.at.col_idx.size());
    return checked_product("bsr", w.at.col_idx.size(), index_t{R} * C);
  }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) {
    return static_cast<index_t>(w.at.row_ptr[(i + R - 1) / R]) * R * C;
  }
  template <class F>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, F&& f) {
    const auto last = static_cast<index_t>(w.at.row_ptr[i / R + 1]);
    for (auto e = static_cast<index_t>(w.at.row_ptr[i / R]); e < last; ++e) {
      const index_t k0 = static_cast<index_t>(w.at.col_idx[e]) * C, slot = (e * R + i % R) * C;
      const index_t n = k0 + C <= w.cols ? C : w.cols - k0;
      for (index_t c = 0; c < n; ++c) f(k0 + c, slot + c);
    }
  }
  LACUNA_INLINE static std::string find_defect(const where& w) {
    return find_index_defect(name(), w.at.row_ptr, w.at.col_idx, block_rows(w.rows), block_cols(w.cols));
  }
  LACUNA_INLINE static std::size_t model_bytes(index_t rows, index_t, index_t stored) {
    return static_cast<std::size_t>(stored / (R * C)) * sizeof(Index) +
           static_cast<std::size_t>(block_rows(rows) + 1) * sizeof(Offset);
  }
  template <class Kept>
  LACUNA_INLINE static arrays<owned> build(index_t rows, index_t cols, Kept&& kept) {
    buffer<char> used(block_cols(cols));
    const auto block_row = [&](index_t b, auto&& f) {  // f(block column) for each block with a kept position
      if (used.size() > 0) used.clear();
      for (index_t i = b * R; i < rows && i < (b + 1) * R; ++i) kept(i, [&](index_t k) { used[k / C] = 1; });
      for (index_t c = 0; c < used.size(); ++c)
        if (used[c]) f(c);
    };
    return basic_csr<Index, Offset>::template build_as<arrays<owned>>(name(), "block column", block_rows(rows), used.size(),
                                                                      block_row);
  }
};

}  // namespace lacuna
