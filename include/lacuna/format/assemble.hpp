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

/// Pattern P and codec C for the rows x cols entries of a source. Slots without an entry hold 0.
/// Fails with errc::pattern when P cannot hold an entry, or when a valueless codec would turn fill into ones.
template <pattern P, codec C, class Entries>
sparse_matrix<P, C> assemble(index_t rows, index_t cols, const Entries& entries) {
  using codec_c = codec_of<C>;
  using value_type = value_t<C>;
  const auto kept = [&](index_t i, auto&& f) { entries(i, [&](index_t k, auto) { f(k); }); };
  check_sizes<P>(rows, cols);
  sparse_matrix<P, C> a(rows, cols, P::build(rows, cols, kept));
  const positions<P> where{rows, cols, borrow<P>(a.where())};
  element_t<C>* const values = a.values().data();
  if constexpr (P::filled && !valueless_codec<C>)
    for (index_t slot = 0; slot < a.nnz(); ++slot) codec_c::encode(values, slot, value_type{0});

  buffer<value_type> row(cols);
  buffer<char> has(cols);
  for (index_t i = 0; i < rows; ++i) {
    entries(i, [&](index_t k, auto v) {
      row[k] = static_cast<value_type>(v);
      has[k] = 1;
    });
    P::visit_row(where, i, [&](index_t k, index_t slot) {
      if (has[k])
        codec_c::encode(values, slot, row[k]);
      else if constexpr (valueless_codec<C>)
        fail_fill(P::name(), codec_c::name, i, k);
    });
    entries(i, [&](index_t k, auto) { has[k] = 0; });
  }
  return a;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
