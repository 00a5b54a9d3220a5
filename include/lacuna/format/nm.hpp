#pragma once
// SPDX-License-Identifier: BSL-1.0
// N:M structured sparsity: N of every M columns are kept (some papers count the pruned ones instead).
//
//   row i, group g, slot j < N: column g * M + field, value at slot (i * groups + g) * N + j
//   fields are index_bits wide (a power of two that holds M - 1), lowest bits first; a row starts a fresh byte
//
// Fields ascend inside a group. A group with fewer nonzeros also lists unused columns, with value 0; a short
// last group of m < N columns lists its m columns and pads with field 0, value 0: `visit_row` skips the pads.
#include <lacuna/format/pattern.hpp>

namespace lacuna {

template <int N_, int M_>
  requires(1 <= N_ && N_ <= M_ && M_ <= 64)
struct nm {
  static constexpr int N = N_, M = M_;
  static constexpr int index_bits = M <= 2 ? 1 : M <= 4 ? 2 : M <= 16 ? 4 : 8;
  static constexpr bool filled = true;

  template <template <class> class Array>
  struct arrays {
    Array<std::uint8_t> index;  // rows x row_bytes
    template <class F>
    LACUNA_INLINE auto apply(F&& f) const {
      return f(index);
    }
  };
  using where = positions<nm>;

  LACUNA_INLINE static std::string name() {
    return "nm<" + count_text(N) + "," + count_text(M) + ">";
  }
  static constexpr index_t groups(index_t cols) { return (cols + M - 1) / M; }
  static constexpr index_t row_slots(index_t cols) { return groups(cols) * N; }
  static constexpr index_t row_bytes(index_t cols) { return (row_slots(cols) * index_bits + 7) / 8; }
  /// The slots of a row that hold a column of the matrix; the pads of a short last group come after them.
  static constexpr index_t visited(index_t cols) {
    const index_t rest = cols % M;
    return rest == 0 || rest >= N ? row_slots(cols) : row_slots(cols) - N + rest;
  }
  LACUNA_INLINE static index_t field(const std::uint8_t* row, index_t n) {
    constexpr index_t per_byte = 8 / index_bits;
    return row[n / per_byte] >> (n % per_byte * index_bits) & ((1 << index_bits) - 1);
  }

  LACUNA_INLINE static index_t stored(const where& w) {
    check_length<nm>("index", checked_product("nm", w.rows, row_bytes(w.cols)), w.at.index.size());
    return checked_product("nm", w.rows, row_slots(w.cols));
  }
  LACUNA_INLINE static index_t stored_before(const where& w, index_t i) { return i * row_slots(w.cols); }
  template <class F>
  LACUNA_INLINE static void visit_row(const where& w, index_t i, F&& f) {
    const std::uint8_t* const row = w.at.index.data() + i * row_bytes(w.cols);
    const index_t first = i * row_slots(w.cols), n = visited(w.cols);
    for (index_t s = 0; s < n; ++s) f(s / N * M + field(row, s), first + s);
  }
  LACUNA_INLINE static std::string find_defect(const where& w) {
    const auto text = [](auto v) { return count_text(v); };
    if (w.cols == 0) return {};
    for (index_t i = 0; i < w.rows; ++i) {
      const std::uint8_t* const row = w.at.index.data() + i * row_bytes(w.cols);
      for (index_t s = 0; s < visited(w.cols); ++s) {
        const index_t f = field(row, s), g = s / N, m = w.cols - g * M < M ? w.cols - g * M : M;
        const auto here = [&] { return text(f) + " in row " + text(i) + ", group " + text(g); };
        if (f >= m) return defect_text(name(), "index < " + text(m), here());
        if (s % N != 0 && f <= field(row, s - 1))
          return defect_text(name(), "index strictly ascending in a group", here());
      }
      for (index_t s = visited(w.cols); s < row_slots(w.cols); ++s)
        if (const index_t f = field(row, s); f != 0)
          return defect_text(name(), "index 0 in the pads of a short group",
                             text(f) + " in row " + text(i) + ", group " + text(s / N));
    }
    return {};
  }
  LACUNA_INLINE static std::size_t model_bytes(index_t rows, index_t cols, index_t) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(row_bytes(cols));
  }

  /// Fails with errc::pattern when a group is asked to hold more than N.
  template <class Kept>
  LACUNA_INLINE static arrays<owned> build(index_t rows, index_t cols, Kept&& kept) {
    buffer<std::uint8_t> index(checked_product("nm", rows, row_bytes(cols)));
    buffer<std::uint64_t> used(groups(cols));  // bit f of word g: column g * M + f is kept
    for (index_t i = 0; i < rows; ++i) {
      used.clear();
      kept(i, [&](index_t k) { used[k / M] |= std::uint64_t{1} << (k % M); });
      for (index_t g = 0; g < used.size(); ++g)
        put_group(index.data() + i * row_bytes(cols), i, g, used[g],
                  static_cast<int>(cols - g * M < M ? cols - g * M : M));
    }
    return {std::move(index)};
  }

 private:
  LACUNA_INLINE static void put_group(std::uint8_t* row, index_t i, index_t g, std::uint64_t used,
                                      int width) {
    const int count = __builtin_popcountll(used);
    if (count > N)
      fail(errc::pattern, defect_text(name(), "at most " + count_text(N) + " kept in a group",
                                      count_text(count) + " in row " + count_text(i) + ", group " +
                                          count_text(g)));
    int spare = (width < N ? width : N) - count;  // unused columns to list so that every slot has one
    index_t slot = g * N;
    for (int f = 0; f < width; ++f) {
      const bool keep = (used >> f & 1) != 0;
      if (!keep && spare-- <= 0) continue;
      row[slot * index_bits / 8] |= static_cast<std::uint8_t>(f << (slot * index_bits % 8));
      ++slot;
    }
  }
};

}  // namespace lacuna
