#pragma once
// SPDX-License-Identifier: BSL-1.0
// The execution form: panels of 16 rows, in which a register of values belongs to 16 rows of one column, so that
// X is broadcast and no sum runs across lanes. 16 on every ISA, so the bytes are the same everywhere.
//
//   rows 0..15      step 0: column 0 (or I columns) of all 16 rows | step 1 | ...
//   rows 16..31     ...                            the last panel is filled with rows that hold nothing
//
// panel<P, I> is a pattern like any other: it can be built, visited, validated, converted and saved. I columns
// (slots of nm) lie side by side in a lane of 4 bytes: 1 for 4-byte codecs, 2 for bf16 and f16.
#include <lacuna/format/dense.hpp>

namespace lacuna {

inline constexpr index_t panel_rows = 16;
LACUNA_INLINE constexpr index_t panels_of(index_t rows) { return (rows + panel_rows - 1) / panel_rows; }

/// The 16-row form of pattern P; defined for dense, bitmap and nm<N, M>.
template <class P, int I = 1>
struct panel;

template <class P>
inline constexpr bool is_panel = false;
template <class P, int I>
inline constexpr bool is_panel<panel<P, I>> = true;

namespace detail {
/// Place of lane-word (step, row) and sub-lane in a panel: ((step * 16 + row) * I + sub).
template <int I>
LACUNA_INLINE constexpr index_t panel_place(index_t row, index_t n) {
  return (n / I * panel_rows + row) * I + n % I;
}
inline namespace LACUNA_ARCH {
inline std::string panel_name(const std::string& inner, int i) {
  return "panel<" + inner + "," + count_text(i) + ">";
}
}  // namespace LACUNA_ARCH
}  // namespace detail

/// Cells of a codec with scales, [panel][group][16].
struct panel_grid {
  LACUNA_INLINE static index_t grid_rows(index_t rows) { return panels_of(rows) * panel_rows; }
  LACUNA_INLINE static index_t grid_cell(index_t i, index_t group, index_t groups) {
    return (i / panel_rows * groups + group) * panel_rows + i % panel_rows;
  }
};

/// Every position: values[((p * steps + k / I) * 16 + i % 16) * I + k % I], p = i / 16, steps = ceil(cols / I).
template <int I>
struct panel<dense, I> : without_index, panel_grid {
  using unpacked = dense;
  using where = positions<panel>;

  LACUNA_INLINE static std::string name() { return detail::panel_name(dense::name(), I); }
  /// Values of one panel.
  static constexpr index_t panel_slots(index_t cols) { return (cols + I - 1) / I * I * panel_rows; }
  LACUNA_INLINE static index_t stored(const where& w) {
    return checked_product("panel", panels_of(w.rows), panel_slots(w.cols));
  }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) {
    return panels_of(i) * panel_slots(w.cols);
  }
  template <class F>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, F&& f) {
    const index_t first = i / panel_rows * panel_slots(w.cols);
    for (index_t k = 0; k < w.cols; ++k) f(k, first + detail::panel_place<I>(i % panel_rows, k));
  }
};

}  // namespace lacuna
