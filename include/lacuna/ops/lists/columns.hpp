#pragma once
// SPDX-License-Identifier: BSL-1.0
// Lists from rows of ascending columns with their values: a cursor per row moves from chunk to chunk.
//
//   columns 3 17 63 | 70 90 | 130      count: compare a register with the chunk's end, count the lanes below
#include <cstdint>
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/lanes/lanes.hpp>
#include <lacuna/simd/narrow.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// A chunk: so many columns of A, whose rows of X lie `bytes` apart in the packed panel.
struct chunk_cut {
  index_t columns, bytes;
};

/// Entries of a row in a chunk, on average.
template <class View>
LACUNA_INLINE index_t entries_in(const View& a, chunk_cut cut) {
  const index_t rows = a.rows() > 0 ? a.rows() : 1, cols = a.cols() > 0 ? a.cols() : 1;
  return a.nnz() / rows * cut.columns / cols;
}

/// What listers share that work in place and keep one slot a row.
struct slot_a_row {
  LACUNA_INLINE static index_t bytes(index_t rows, index_t) {
    return rows * static_cast<index_t>(sizeof(index_t));
  }
  template <class View>
  LACUNA_INLINE static index_t last_row(const View&, row_range r, index_t most) {
    return r.last - r.first < most ? r.last : r.first + most;
  }
};

/// Entries that a fill may write past its last: the widest register of 16-bit offsets, twice.
inline constexpr index_t list_slack = 64;

/// Where the entries of the next chunk lie: row i's from slot[i * step] on, in up to two arrays. Rows lie pages
/// apart, so nothing but a prefetch by hand brings them: spread over the multiplication of this chunk it takes
/// a fifth off a whole product of csr, 90 % sparse, 128 columns.
struct list_ahead {
  struct array {
    const void* data = nullptr;
    std::uintptr_t bytes = 0;  // of an entry
  };
  array arrays[2];
  const index_t* slot = nullptr;
  index_t step = 1;
};

/// Values of n slots as floats; reads no slot at or past `stored`.
template <codec C, class A>
LACUNA_INLINE void list_values(const lane_values<C, A>& values, index_t slot, int n, index_t stored,
                               float* out) {
  constexpr int L = A::lanes;
  for (int e = 0; e < n; e += L)
    simd::store(out + e, slot + e + L <= stored
                             ? values.load(slot + e)
                             : values.load_first(slot + e, static_cast<int>(stored - slot - e)));
}

template <class Index, codec C, class A>
class column_lister {
  static constexpr int L = A::lanes;
  struct cursor {
    index_t at, end;
  };

 public:
  LACUNA_INLINE static index_t bytes(index_t rows) { return rows * static_cast<index_t>(sizeof(cursor)); }

  LACUNA_INLINE column_lister(const Index* columns, lane_values<C, A> values, index_t stored, index_t per_row,
                              chunk_cut cut, void* memory)
      : columns_(columns),
        values_(values),
        stored_(stored),
        steps_(static_cast<int>(per_row * 5 / 4 / L) + 1),
        cut_(cut),
        row_(static_cast<cursor*>(memory)) {}

  LACUNA_INLINE int count(index_t i) const {
    const auto [at, end] = row_[i];
    const auto limit = static_cast<std::int32_t>(first_ + cut_.columns);
    index_t s = at;
    if (at + steps_ * L <=
        end) {  // as many registers as nearly every row needs: no branch depends on the row
      int n = 0;
      for (int step = 0; step < steps_; ++step) n += simd::count_below<A>(load(at + step * L), limit);
      if (n < steps_ * L) return n;
      s += n;
    }
    for (; s + L <= end; s += L)
      if (const int n = simd::count_below<A>(load(s), limit); n < L) return static_cast<int>(s - at) + n;
    while (s < end && static_cast<index_t>(columns_[s]) < limit) ++s;
    return static_cast<int>(s - at);
  }
  LACUNA_INLINE void fill(index_t i, int n, std::uint16_t* offset, float* value) {
    const index_t at = row_[i].at;
    if (at + n + L <= stored_) {
      const auto first = simd::set_i32<A>(-static_cast<std::int32_t>(first_));
      const auto bytes = simd::set_i32<A>(static_cast<std::int32_t>(cut_.bytes));
      for (int e = 0; e < n; e += L) simd::store_u16<A>(offset + e, (load(at + e) + first) * bytes);
    } else {
      for (int e = 0; e < n; ++e)
        offset[e] =
            static_cast<std::uint16_t>((static_cast<index_t>(columns_[at + e]) - first_) * cut_.bytes);
    }
    list_values<C, A>(values_, at, n, stored_, value);
    row_[i].at = at + n;
  }
  LACUNA_INLINE void next() { first_ += cut_.columns; }
  LACUNA_INLINE list_ahead ahead() const {
    return {{{columns_, sizeof(Index)}, {values_.values, valueless_codec<C> ? 0 : sizeof(element_t<C>)}},
            &row_->at,
            sizeof(cursor) / sizeof(index_t)};
  }

 protected:
  LACUNA_INLINE void start(index_t i, index_t first, index_t last) { row_[i] = {first, last}; }

 private:
  LACUNA_INLINE simd::i32<A> load(index_t s) const {
    if constexpr (std::is_same_v<Index, std::int32_t>) {
      return simd::load<A>(columns_ + s);
    } else if constexpr (std::is_same_v<Index, std::uint16_t>) {
      return simd::widen_u16<A>(columns_ + s);
    } else {
      std::int32_t wide[L];
      for (int l = 0; l < L; ++l) wide[l] = static_cast<std::int32_t>(columns_[s + l]);
      return simd::load<A>(wide);
    }
  }

  const Index* columns_;
  lane_values<C, A> values_;
  index_t stored_, first_ = 0;
  int steps_;
  chunk_cut cut_;
  cursor* row_;
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
