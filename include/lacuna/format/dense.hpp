#pragma once
// SPDX-License-Identifier: BSL-1.0
// The dense pattern: every position is stored, row by row. The twin of every sparse case in the same words.
//
//   values[i * cols + k]       no index arrays
#include <lacuna/format/pattern.hpp>

namespace lacuna {

/// What patterns share whose places are arithmetic: no arrays, nothing to build, nothing that can be wrong.
struct without_index {
  static constexpr bool filled = true;

  template <template <class> class Array>
  struct arrays {
    template <class F>
    LACUNA_INLINE auto apply(F&& f) const {
      return f();
    }
  };
  template <class Where>
  LACUNA_INLINE static std::string find_defect(const Where&) {
    return {};
  }
  LACUNA_INLINE static std::size_t model_bytes(index_t, index_t, index_t) { return 0; }
  template <class Kept>
  LACUNA_INLINE static arrays<owned> build(index_t, index_t, Kept&&) {
    return {};
  }
};

struct dense : without_index {
  using where = positions<dense>;

  LACUNA_INLINE static std::string name() { return "dense"; }
  LACUNA_INLINE static index_t stored(const where& w) { return checked_product("dense", w.rows, w.cols); }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) { return i * w.cols; }
  template <class F>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, F&& f) {
    for (index_t k = 0; k < w.cols; ++k) f(k, i * w.cols + k);
  }
};

}  // namespace lacuna
