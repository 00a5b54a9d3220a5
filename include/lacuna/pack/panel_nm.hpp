#pragma once
// SPDX-License-Identifier: BSL-1.0
// N:M by panels: slot n of 16 rows together, their offsets in words of 32 bits, one word a row.
//
//   value of (row, n):   slot ((p * steps + n / I) * 16 + row) * I + n % I        steps = ceil(groups * N / I)
//   field of (row, n):   bits (n % F) * index_bits of fields[(p * lines + n / F) * 16 + row]      F = 32 / index_bits
//
// The kernel shifts a register of words right by index_bits a slot and looks up the window of X: no table, no mask.
#include <lacuna/format/nm.hpp>
#include <lacuna/pack/panel.hpp>

namespace lacuna {

template <int N_, int M_, int I>
struct panel<nm<N_, M_>, I> : panel_grid {
  using unpacked = nm<N_, M_>;
  static constexpr int N = N_, M = M_, index_bits = unpacked::index_bits;
  static constexpr int F = 32 / index_bits;  // fields of a word
  static constexpr bool filled = true;

  template <template <class> class Array>
  struct arrays {
    Array<std::uint32_t> fields;  // panels x lines x 16
    template <class Fn>
    LACUNA_INLINE auto apply(Fn&& f) const {
      return f(fields);
    }
  };
  using where = positions<panel>;

  LACUNA_INLINE static std::string name() { return detail::panel_name(unpacked::name(), I); }
  static constexpr index_t panel_slots(index_t cols) {
    return (unpacked::row_slots(cols) + I - 1) / I * I * panel_rows;
  }
  static constexpr index_t lines(index_t cols) { return (unpacked::row_slots(cols) + F - 1) / F; }
  /// The words of one panel.
  static constexpr index_t panel_words(index_t cols) { return lines(cols) * panel_rows; }
  LACUNA_INLINE static index_t field(const std::uint32_t* panel_fields, index_t row, index_t n) {
    return panel_fields[n / F * panel_rows + row] >> (n % F * index_bits) & ((1u << index_bits) - 1);
  }

  LACUNA_INLINE static index_t stored(const where& w) {
    check_length<panel>("fields", checked_product("panel", panels_of(w.rows), panel_words(w.cols)),
                        w.at.fields.size());
    return checked_product("panel", panels_of(w.rows), panel_slots(w.cols));
  }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) {
    return panels_of(i) * panel_slots(w.cols);
  }
  template <class Fn>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, Fn&& f) {
    const index_t p = i / panel_rows, r = i % panel_rows, first = p * panel_slots(w.cols);
    const std::uint32_t* const fields = w.at.fields.data() + p * panel_words(w.cols);
    for (index_t n = 0; n < unpacked::visited(w.cols); ++n)
      f(n / N * M + field(fields, r, n), first + detail::panel_place<I>(r, n));
  }
  LACUNA_INLINE static std::string find_defect(const where& w) {
    const auto text = [](auto v) { return count_text(v); };
    if (w.cols == 0) return {};
    for (index_t i = 0; i < panels_of(w.rows) * panel_rows; ++i) {
      const std::uint32_t* const fields = w.at.fields.data() + i / panel_rows * panel_words(w.cols);
      const index_t used = i < w.rows ? unpacked::visited(w.cols) : 0, r = i % panel_rows;
      const auto here = [&](index_t n) {
        return text(field(fields, r, n)) + " in row " + text(i) + ", group " + text(n / N);
      };
      for (index_t n = 0; n < used; ++n) {
        const index_t g = n / N, m = w.cols - g * M < M ? w.cols - g * M : M;
        if (field(fields, r, n) >= m) return defect_text(name(), "index < " + text(m), here(n));
        if (n % N != 0 && field(fields, r, n) <= field(fields, r, n - 1))
          return defect_text(name(), "index strictly ascending in a group", here(n));
      }
      for (index_t n = used; n < lines(w.cols) * F; ++n)
        if (field(fields, r, n) != 0) return defect_text(name(), "index 0 in the pads", here(n));
    }
    return {};
  }
  LACUNA_INLINE static std::size_t model_bytes(index_t rows, index_t cols, index_t) {
    return static_cast<std::size_t>(panels_of(rows)) * static_cast<std::size_t>(panel_words(cols)) * 4;
  }
  /// Fails with errc::pattern when a group is asked to hold more than N.
  template <class Kept>
  LACUNA_INLINE static arrays<owned> build(index_t rows, index_t cols, Kept&& kept) {
    buffer<std::uint32_t> fields(checked_product("panel", panels_of(rows), panel_words(cols)));
    if (cols == 0) return {std::move(fields)};
    const auto plain = unpacked::build(rows, cols, kept);
    for (index_t i = 0; i < rows; ++i) {
      const std::uint8_t* const from = plain.index.data() + i * unpacked::row_bytes(cols);
      std::uint32_t* const to = fields.data() + i / panel_rows * panel_words(cols) + i % panel_rows;
      for (index_t n = 0; n < unpacked::row_slots(cols); ++n)
        to[n / F * panel_rows] |= static_cast<std::uint32_t>(unpacked::field(from, n))
                                  << (n % F * index_bits);
    }
    return {std::move(fields)};
  }
};

}  // namespace lacuna
