#pragma once
// SPDX-License-Identifier: BSL-1.0
// Lists of csr: its arrays are columns and values already.
#include <lacuna/format/csr.hpp>
#include <lacuna/ops/lists/lists.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <class Index, class Offset, unscaled_codec C, class A>
class lister_of<basic_csr<Index, Offset>, C, A> : public column_lister<Index, C, A> {
  using base = column_lister<Index, C, A>;
  using view = sparse_view<basic_csr<Index, Offset>, C>;

 public:
  LACUNA_INLINE static index_t bytes(index_t rows, index_t) { return base::bytes(rows); }
  LACUNA_INLINE static index_t last_row(const view& a, row_range r, index_t most) {
    return slot_a_row::last_row(a, r, most);
  }
  LACUNA_INLINE lister_of(const view& a, row_range r, chunk_cut cut, void* memory)
      : base(a.where().at.col_idx.data(), {a.values().data()}, a.nnz(), entries_in(a, cut), cut, memory) {
    const auto& row_ptr = a.where().at.row_ptr;
    for (index_t i = r.first; i < r.last; ++i)
      base::start(i - r.first, static_cast<index_t>(row_ptr[i]), static_cast<index_t>(row_ptr[i + 1]));
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
