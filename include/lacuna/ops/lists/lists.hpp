#pragma once
// SPDX-License-Identifier: BSL-1.0
// How a plain pattern gives its entries chunk by chunk. `lister_of<P, C, A>` is made for a block of rows and has
//
//   bytes(rows, cols)       the memory it works in, for at most so many rows
//   last_row(a, r, most)    where a block that starts at r.first ends: after at most `most` rows
//   lister(a, r, cut, memory)
//   count(i)                entries of row r.first + i in the current chunk; asked once for each row
//   fill(i, n, o, v)        their n = count(i) offsets and values, then goes on to the next chunk of row i;
//                           may write up to `list_slack` more of both
//   next()                  the next chunk, after all rows were filled
//   ahead()                 where its entries lie
//
// The primary template needs only visit_row, so that patterns from outside take part: it copies the block's
// entries as columns and floats. The ones beside this file work in place.
#include <cstdint>
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/lists/columns.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <pattern P, codec C, class A>
class lister_of : public column_lister<std::int32_t, float, A> {
  using base = column_lister<std::int32_t, float, A>;
  using view = sparse_view<P, C>;
  /// Entries copied for a block: what 1024 rows of 4096 columns have at 88 %, 4 MB.
  static constexpr index_t budget = index_t{1} << 19;
  static constexpr index_t capacity(index_t cols) { return budget > cols ? budget : cols; }

 public:
  LACUNA_INLINE static index_t bytes(index_t rows, index_t cols) {
    return base::bytes(rows) + capacity(cols) * 8;
  }
  LACUNA_INLINE static index_t last_row(const view& a, row_range r, index_t most) {
    const index_t end = r.last - r.first < most ? r.last : r.first + most;
    index_t row = r.first + 1;  // one row has at most as many entries as there are columns
    if constexpr (counts_rows<P>) {
      const index_t before = P::stored_before(a.where(), r.first);
      while (row < end && P::stored_before(a.where(), row + 1) - before <= capacity(a.cols())) ++row;
    } else if (a.cols() > 0) {
      row = r.first + capacity(a.cols()) / a.cols();
    }
    return row < end ? row : end;
  }
  LACUNA_INLINE lister_of(const view& a, row_range r, chunk_cut cut, void* memory)
      : lister_of(a, r, cut, memory, static_cast<unsigned char*>(memory) + base::bytes(r.last - r.first)) {}

 private:
  lister_of(const view& a, row_range r, chunk_cut cut, void* memory, void* entries)
      : base(static_cast<std::int32_t*>(entries), {reinterpret_cast<float*>(entries) + capacity(a.cols())},
             capacity(a.cols()), entries_in(a, cut), cut, memory) {
    auto* const columns = static_cast<std::int32_t*>(entries);
    auto* const values = reinterpret_cast<float*>(entries) + capacity(a.cols());
    index_t n = 0;
    for (index_t i = 0; i < r.last - r.first; ++i) {
      const index_t first = n;
      a.visit_row(r.first + i, [&](index_t k, float v) LACUNA_LAMBDA {
        values[n] = v;
        columns[n++] = static_cast<std::int32_t>(k);
      });
      base::start(i, first, n);
    }
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
