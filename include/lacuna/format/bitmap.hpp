#pragma once
// SPDX-License-Identifier: BSL-1.0
// One bit per position, values packed: the smallest unstructured form from 3 % to 97 % kept.
//
//   bit k % 64 of mask[i * words + k / 64], words = ceil(cols / 64); bits past the last column are 0
//   values of row i start at slot row_ptr[i], columns ascending
#include <bit>
#include <lacuna/format/pattern.hpp>

namespace lacuna {

struct bitmap {
  static constexpr bool filled = false;

  template <template <class> class Array>
  struct arrays {
    Array<std::uint64_t> mask;    // rows x words
    Array<std::int64_t> row_ptr;  // rows + 1
    template <class F>
    LACUNA_INLINE auto apply(F&& f) const {
      return f(mask, row_ptr);
    }
  };
  using where = positions<bitmap>;

  LACUNA_INLINE static std::string name() { return "bitmap"; }
  static constexpr index_t words(index_t cols) { return (cols + 63) / 64; }
  // 7 cycles expand 64 positions, whatever they hold; a float from memory takes about one.
  static constexpr index_t positions_a_value = 8;

  LACUNA_INLINE static index_t stored(const where& w) {
    check_length<bitmap>("mask", checked_product("bitmap", w.rows, words(w.cols)), w.at.mask.size());
    check_length<bitmap>("row_ptr", w.rows + 1, w.at.row_ptr.size());
    const index_t n = w.at.row_ptr[w.rows], bits = w.at.mask.size() * 64;
    if (n < 0 || n > bits)
      fail(errc::data, defect_text(name(), "0 <= row_ptr[rows] <= " + count_text(bits), count_text(n)));
    return n;
  }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) { return w.at.row_ptr[i]; }
  template <class F>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, F&& f) {
    const std::uint64_t* const mask = w.at.mask.data() + i * words(w.cols);
    index_t slot = w.at.row_ptr[i];
    for (index_t q = 0; q < words(w.cols); ++q)
      for (std::uint64_t m = mask[q]; m != 0; m &= m - 1) f(q * 64 + std::countr_zero(m), slot++);
  }
  LACUNA_INLINE static std::string find_defect(const where& w) {
    const auto text = [](auto v) { return count_text(v); };
    if (w.at.row_ptr[0] != 0) return defect_text(name(), "row_ptr[0] = 0", text(w.at.row_ptr[0]));
    for (index_t i = 0; i < w.rows; ++i) {
      std::int64_t n = 0;
      for (index_t q = 0; q < words(w.cols); ++q) n += std::popcount(w.at.mask[i * words(w.cols) + q]);
      if (w.at.row_ptr[i + 1] != w.at.row_ptr[i] + n)
        return defect_text(name(), "row_ptr to grow by the bits of each row",
                           text(w.at.row_ptr[i + 1]) + " after " + text(w.at.row_ptr[i]) + " at row " +
                               text(i) + " with " + text(n) + " bits");
      if (w.cols % 64 != 0 && (w.at.mask[(i + 1) * words(w.cols) - 1] >> (w.cols % 64)) != 0)
        return defect_text(name(), "no bit past the last column " + text(w.cols - 1),
                           "one in row " + text(i));
    }
    return {};
  }
  LACUNA_INLINE static std::size_t model_bytes(index_t rows, index_t cols, index_t) {
    const auto r = static_cast<std::size_t>(rows), q = static_cast<std::size_t>(words(cols));
    return (r * q + r + 1) * 8;
  }
  template <class Kept>
  LACUNA_INLINE static arrays<owned> build(index_t rows, index_t cols, Kept&& kept) {
    buffer<std::uint64_t> mask(checked_product("bitmap", rows, words(cols)));
    buffer<std::int64_t> row_ptr(rows + 1);
    std::int64_t n = 0;
    for (index_t i = 0; i < rows; ++i) {
      std::uint64_t* const row = mask.data() + i * words(cols);
      kept(i, [&](index_t k) {
        row[k / 64] |= std::uint64_t{1} << (k % 64);
        ++n;
      });
      row_ptr[i + 1] = n;
    }
    return {std::move(mask), std::move(row_ptr)};
  }
};

}  // namespace lacuna
