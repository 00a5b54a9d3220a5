#pragma once
// SPDX-License-Identifier: BSL-1.0
// Where the cell of a stored value lies: the scales of a grouped codec beside any pattern.
//
//   most patterns          rows x ceil(cols / G), row by row: cell (i, k / G), stored there or not
//   blocks of C columns    G divides C: cells of stored blocks only, slot / G
//   panels                 [panel][group][16 rows], so that the cells of a register of rows are one register
//
// The same cell for the same (i, k) everywhere, so that conversions keep codes and cells.
#include <lacuna/codec/codec.hpp>
#include <lacuna/format/pattern.hpp>

namespace lacuna {

/// Patterns that lay their cells out themselves: P::grid_rows(rows) rows of cells, P::grid_cell(i, group, groups).
template <class P>
concept places_cells = requires(index_t n) {
  { P::grid_rows(n) } -> std::convertible_to<index_t>;
  { P::grid_cell(n, n, n) } -> std::convertible_to<index_t>;
};
/// Whole groups lie inside the blocks of P.
template <class P, class C>
concept groups_in_blocks = scaled_codec<C> && codec_of<C>::group >
0 && requires {
  requires P::R >
  0 && P::C % codec_of<C>::group == 0;
};

/// Cells of a row of a matrix with so many columns.
template <codec C>
constexpr index_t groups_of(index_t cols) {
  if constexpr (!scaled_codec<C>)
    return 0;
  else if constexpr (codec_of<C>::group == per_row)
    return 1;
  else
    return (cols + codec_of<C>::group - 1) / codec_of<C>::group;
}

/// The group of column k.
template <scaled_codec C>
LACUNA_INLINE constexpr index_t group_at(index_t k) {
  if constexpr (codec_of<C>::group == per_row)
    return 0;
  else
    return k / codec_of<C>::group;
}

inline namespace LACUNA_ARCH {

/// Cells of rows x cols with so many stored values; 0 for codecs without a grid.
template <pattern P, codec C>
LACUNA_INLINE index_t grid_cells(index_t rows, index_t cols, index_t stored) {
  if constexpr (!scaled_codec<C>)
    return 0;
  else if constexpr (groups_in_blocks<P, C>)
    return stored / codec_of<C>::group;
  else if constexpr (places_cells<P>)
    return checked_product("scales", P::grid_rows(rows), groups_of<C>(cols));
  else
    return checked_product("scales", rows, groups_of<C>(cols));
}

/// The cell of position (i, k), stored at `slot`.
template <pattern P, scaled_codec C>
LACUNA_INLINE index_t cell_at(index_t cols, index_t i, index_t k, index_t slot) {
  if constexpr (groups_in_blocks<P, C>)
    return slot / codec_of<C>::group;
  else if constexpr (places_cells<P>)
    return P::grid_cell(i, group_at<C>(k), groups_of<C>(cols));
  else
    return i * groups_of<C>(cols) + group_at<C>(k);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
