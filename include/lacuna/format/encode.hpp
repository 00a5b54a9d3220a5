#pragma once
// SPDX-License-Identifier: BSL-1.0
// From a dense matrix and a mask of what to keep to a sparse matrix.
//
//   auto kept = prune(w, keep::groups<nm<2,4>>{});     mask: sparse_matrix<bitmap, ones>
//   auto a = encode<nm<2,4>, bf16>(w, kept);
#include <lacuna/core/matrix.hpp>
#include <lacuna/format/assemble.hpp>
#include <lacuna/format/bitmap.hpp>

namespace lacuna {

/// A set of positions: one bit each, no values.
using position_mask = sparse_matrix<bitmap, ones>;

inline namespace LACUNA_ARCH {

// `auto`, here and in convert: clang looks at a return type before the constraints, and then does not say
// what is wrong with P or C.

/// sparse_matrix<P, C> with the kept values of w; a kept zero is stored. w and kept: rows x cols.
/// `fit` chooses the cells of a codec with scales (codec/fit.hpp). Fails with errc::shape when the shapes differ,
/// errc::pattern when P cannot hold the kept positions, errc::data when C cannot hold a value.
template <pattern P, codec C, dense_operand W, sparse_operand K, class Fit = fit::absmax>
auto encode(const W& w, const K& kept, const Fit& fit = {}) {
  const auto v = as_view(w);
  const view_of<K> keep = kept;
  if (v.rows() != keep.rows() || v.cols() != keep.cols())
    fail(errc::shape, "encode: need a mask of the shape of the matrix; got W " +
                          shape_text(v.rows(), v.cols()) + ", mask " + shape_text(keep.rows(), keep.cols()));
  const auto entries = [&](index_t i, auto&& f) {
    keep.visit_row(i, [&](index_t k, auto) { f(k, v(i, k)); });
  };
  return assemble<P, C>(v.rows(), v.cols(), entries, fit);
}

/// sparse_matrix<P, C> with the nonzeros of w.
template <pattern P, codec C, dense_operand W>
auto encode(const W& w) {
  const auto v = as_view(w);
  return assemble<P, C>(v.rows(), v.cols(), [&](index_t i, auto&& f) {
    for (index_t k = 0; k < v.cols(); ++k)
      if (v(i, k) != 0) f(k, v(i, k));
  });
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
