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

/// The entries of a matrix as a source for `assemble`: every stored value, but no fill. With a grid of cells, codes and
/// cells can be had, too: a conversion to the same codec keeps both, bit for bit.
template <pattern P, codec C>
struct entries_of {
  using codec_type = C;
  sparse_view<P, C> a;
  LACUNA_INLINE explicit entries_of(const sparse_view<P, C>& view) : a(view) {}

  template <class F>
  LACUNA_INLINE void operator()(index_t i, F&& f) const {
    if constexpr (scaled_codec<C> && P::filled) {  // a code may mean 0 though its cell's scale is 0, too
      visit(i, [&](index_t k, index_t slot, float q, const cell_t<C>& c) {
        if (q != codec_of<C>::zero_of(c)) f(k, a.value(i, k, slot));
      });
    } else {
      a.visit_row(i, [&](index_t k, value_t<C> v) {
        if (!P::filled || v != value_t<C>{0}) f(k, v);
      });
    }
  }
  template <class F>
  LACUNA_INLINE void codes(index_t i, F&& f) const {
    visit(i, [&](index_t k, index_t, float q, const cell_t<C>& c) {
      if (!P::filled || q != codec_of<C>::zero_of(c)) f(k, q);
    });
  }
  template <class F>
  LACUNA_INLINE void cells(index_t i, F&& f) const {
    if constexpr (groups_in_blocks<P, C>)
      visit(i, [&](index_t k, index_t, float, const cell_t<C>& c) { f(group_at<C>(k), c); });
    else
      for (index_t g = 0; g < groups_of<C>(a.cols()); ++g)
        f(g, a.scales()[cell_at<P, C>(a.cols(), i, g * codec_of<C>::group, 0)]);
  }

 private:
  template <class F>
  LACUNA_INLINE void visit(index_t i, F&& f) const {
    P::visit_row(a.where(), i, [&](index_t k, index_t slot) {
      f(k, slot, codec_of<C>::decode(a.values().data(), slot),
        a.scales()[cell_at<P, C>(a.cols(), i, k, slot)]);
    });
  }
};

/// The same matrix as sparse_matrix<Q, D>; D is a's codec unless given.
/// Fails with errc::pattern when Q cannot hold it, with errc::data when D cannot.
template <pattern Q, codec D, sparse_operand A, class Fit = fit::absmax>
auto convert(const A& a, const Fit& fit = {}) {
  const view_of<A> v = a;
  return assemble<Q, D>(v.rows(), v.cols(), entries_of(v), fit);
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
