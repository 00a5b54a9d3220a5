#pragma once
// SPDX-License-Identifier: BSL-1.0
// A bitmap by panels: a mask word is 4 columns of 16 rows, its bits in the order of the values.
//
//   word k / 4, I = 1:  bit (k % 4) * 16 + row           I = 2:  bit (k % 4 / 2 * 16 + row) * 2 + k % 2
//               I = 4:  bit row * 4 + k % 4
//   values of panel p start at slot panel_ptr[p], one for each set bit
//
// Slots of slack end the values: a register is loaded from wherever its first value lies.
#include <bit>
#include <lacuna/format/bitmap.hpp>
#include <lacuna/pack/panel.hpp>

namespace lacuna {

template <int I>
requires(I == 1 || I == 2 || I == 4) struct panel<bitmap, I> : panel_grid {
  static constexpr bool filled = false;
  // What a register may be read past its first value: half bytes come from 64 bytes.
  static constexpr index_t slack = I == 4 ? 128 : panel_rows * I;
  using unpacked = bitmap;

  template <template <class> class Array>
  struct arrays {
    Array<std::uint64_t> mask;      // panels x words
    Array<std::int64_t> panel_ptr;  // panels + 1
    template <class F>
    LACUNA_INLINE auto apply(F&& f) const {
      return f(mask, panel_ptr);
    }
  };
  using where = positions<panel>;

  LACUNA_INLINE static std::string name() { return detail::panel_name(bitmap::name(), I); }
  static constexpr index_t words(index_t cols) { return (cols + 3) / 4; }
  static constexpr index_t positions_a_value = bitmap::positions_a_value;
  static constexpr int bit(index_t row, index_t k) {
    return static_cast<int>(detail::panel_place<I>(row, k % 4));
  }

  LACUNA_INLINE static index_t stored(const where& w) {
    const index_t panels = panels_of(w.rows);
    check_length<panel>("mask", checked_product("panel", panels, words(w.cols)), w.at.mask.size());
    check_length<panel>("panel_ptr", panels + 1, w.at.panel_ptr.size());
    const index_t n = w.at.panel_ptr[panels], bits = w.at.mask.size() * 64;
    if (n < 0 || n > bits)
      fail(errc::data, defect_text(name(), "0 <= panel_ptr[panels] <= " + count_text(bits), count_text(n)));
    return n;
  }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) {
    return w.at.panel_ptr[panels_of(i)];
  }
  template <class F>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, F&& f) {
    const std::uint64_t* const mask = w.at.mask.data() + i / panel_rows * words(w.cols);
    index_t slot = w.at.panel_ptr[i / panel_rows];
    for (index_t q = 0; q < words(w.cols); ++q) {
      const std::uint64_t m = mask[q];
      for (index_t c = 0; c < 4; ++c) {
        const int b = bit(i % panel_rows, c);
        if ((m >> b & 1) != 0) f(q * 4 + c, slot + std::popcount(m & ((std::uint64_t{1} << b) - 1)));
      }
      slot += std::popcount(m);
    }
  }
  LACUNA_INLINE static std::string find_defect(const where& w) {
    const auto text = [](auto v) { return count_text(v); };
    if (w.at.panel_ptr[0] != 0) return defect_text(name(), "panel_ptr[0] = 0", text(w.at.panel_ptr[0]));
    for (index_t p = 0; p < panels_of(w.rows); ++p) {
      std::int64_t n = 0;
      for (index_t q = 0; q < words(w.cols); ++q) {
        const std::uint64_t m = w.at.mask[p * words(w.cols) + q];
        n += std::popcount(m);
        if ((m & ~inside(w, p, q)) != 0)
          return defect_text(name(), "no bit outside the matrix",
                             "one in panel " + text(p) + ", word " + text(q));
      }
      if (w.at.panel_ptr[p + 1] != w.at.panel_ptr[p] + n)
        return defect_text(name(), "panel_ptr to grow by the bits of each panel",
                           text(w.at.panel_ptr[p + 1]) + " after " + text(w.at.panel_ptr[p]) + " at panel " +
                               text(p) + " with " + text(n) + " bits");
    }
    return {};
  }
  LACUNA_INLINE static std::size_t model_bytes(index_t rows, index_t cols, index_t) {
    const auto p = static_cast<std::size_t>(panels_of(rows)), q = static_cast<std::size_t>(words(cols));
    return (p * q + p + 1) * 8;
  }
  template <class Kept>
  LACUNA_INLINE static arrays<owned> build(index_t rows, index_t cols, Kept&& kept) {
    const index_t panels = panels_of(rows);
    buffer<std::uint64_t> mask(checked_product("panel", panels, words(cols)));
    buffer<std::int64_t> panel_ptr(panels + 1);
    for (index_t i = 0; i < rows; ++i) {
      std::uint64_t* const line = mask.data() + i / panel_rows * words(cols);
      std::int64_t n = 0;
      kept(i, [&](index_t k) {
        line[k / 4] |= std::uint64_t{1} << bit(i % panel_rows, k);
        ++n;
      });
      panel_ptr[i / panel_rows + 1] += n;
    }
    for (index_t p = 0; p < panels; ++p) panel_ptr[p + 1] += panel_ptr[p];
    return {std::move(mask), std::move(panel_ptr)};
  }

 private:
  /// The bits of word q of panel p that lie inside the matrix.
  LACUNA_INLINE static std::uint64_t inside(const where& w, index_t p, index_t q) {
    if ((p + 1) * panel_rows <= w.rows && q * 4 + 4 <= w.cols) return ~std::uint64_t{0};
    std::uint64_t bits = 0;
    for (index_t c = 0; c < 4 && q * 4 + c < w.cols; ++c)
      for (index_t r = 0; r < panel_rows && p * panel_rows + r < w.rows; ++r)
        bits |= std::uint64_t{1} << bit(r, c);
    return bits;
  }
};

}  // namespace lacuna
