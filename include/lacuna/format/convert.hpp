#pragma once
// SPDX-License-Identifier: BSL-1.0
// From any pattern to any pattern that can hold it, from any codec to any codec, and back to dense.
//
// To `ones` every stored value becomes 1, a stored zero too: it keeps positions only.
// Stored zeros survive between csr and bitmap; the zeros that dense, bsr and nm use as fill are not nonzeros.
#include <lacuna/core/matrix.hpp>
#include <lacuna/format/assemble.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// The entries of a matrix as a source for `assemble`: every stored value, but no fill.
template <pattern P, codec C>
LACUNA_INLINE auto entries_of(const sparse_view<P, C>& a) {
  return [a](index_t i, auto&& f) {
    a.visit_row(i, [&](index_t k, value_t<C> v) {
      if (!P::filled || v != value_t<C>{0}) f(k, v);
    });
  };
}

/// The same matrix as sparse_matrix<Q, D>; D is a's codec unless given.
/// Fails with errc::pattern when Q cannot hold it.
template <pattern Q, codec D, sparse_operand A>
auto convert(const A& a) {
  const view_of<A> v = a;
  return assemble<Q, D>(v.rows(), v.cols(), entries_of(v));
}
template <pattern Q, sparse_operand A>
auto convert(const A& a) {
  return convert<Q, codec_type_of<A>>(a);
}

/// The dense matrix with a's values, zeros elsewhere.
template <sparse_operand A>
matrix<typename view_of<A>::value_type> decode(const A& a) {
  const view_of<A> v = a;
  matrix<typename view_of<A>::value_type> w(v.rows(), v.cols());
  for (index_t i = 0; i < v.rows(); ++i) v.visit_row(i, [&](index_t k, auto x) { w(i, k) = x; });
  return w;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
