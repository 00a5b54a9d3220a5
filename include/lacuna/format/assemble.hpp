#pragma once
// SPDX-License-Identifier: BSL-1.0
// The one way a sparse matrix is made: positions first, then values. Every conversion, encoding and reader
// goes through here, so n sources and m patterns need n + m pieces.
//
//   entries(i, f)   the source: f(column, value) for row i, columns ascending; called more than once a row
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

[[noreturn]] LACUNA_NOINLINE inline void fail_fill(const std::string& name, const char* codec, index_t i,
                                                   index_t k) {
  fail(errc::pattern, name + " x " + codec +
                          ": need a nonzero in every slot, for a fill would count as 1; got none at (" +
                          count_text(i) + ", " + count_text(k) + ")");
}

/// Values for the rows [first, last) of positions that a source's entries built; slots without an entry stay.
template <pattern P, codec C, class Entries>
void fill_rows(const positions<P>& where, element_t<C>* values, const Entries& entries, index_t first,
               index_t last) {
  buffer<value_t<C>> row(where.cols);
  buffer<char> has(where.cols);
  for (index_t i = first; i < last; ++i) {
    entries(i, [&](index_t k, auto v) {
      row[k] = static_cast<value_t<C>>(v);
      has[k] = 1;
    });
    P::visit_row(where, i, [&](index_t k, index_t slot) {
      if (has[k])
        codec_of<C>::encode(values, slot, row[k]);
      else if constexpr (valueless_codec<C>)
        fail_fill(P::name(), codec_of<C>::name, i, k);
    });
    entries(i, [&](index_t k, auto) { has[k] = 0; });
  }
}

/// Positions for the entries of a source, every slot 0.
template <pattern P, codec C, class Entries>
sparse_matrix<P, C> assemble_zero(index_t rows, index_t cols, const Entries& entries) {
  const auto kept = [&](index_t i, auto&& f) { entries(i, [&](index_t k, auto) { f(k); }); };
  check_sizes<P>(rows, cols);
  sparse_matrix<P, C> a(rows, cols, P::build(rows, cols, kept));
  if constexpr (P::filled && !valueless_codec<C>)
    for (index_t slot = 0; slot < a.nnz(); ++slot) codec_of<C>::encode(a.values().data(), slot, value_t<C>{0});
  return a;
}

/// Pattern P and codec C for the rows x cols entries of a source. Slots without an entry hold 0.
/// Fails with errc::pattern when P cannot hold an entry, or when a valueless codec would turn fill into ones.
template <pattern P, codec C, class Entries>
sparse_matrix<P, C> assemble(index_t rows, index_t cols, const Entries& entries) {
  auto a = assemble_zero<P, C>(rows, cols, entries);
  fill_rows<P, C>({rows, cols, borrow<P>(a.where())}, a.values().data(), entries, 0, rows);
  return a;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
