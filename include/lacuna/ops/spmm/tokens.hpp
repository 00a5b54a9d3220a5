#pragma once
// SPDX-License-Identifier: BSL-1.0
// What linear takes besides sparse matrices and dense views: quantised tokens, a dense matrix of 8-bit codes, a token a
// row, that ops/quantize.hpp makes; and layers that hide their types.
#include <lacuna/codec/int8.hpp>
#include <lacuna/core/matrix.hpp>
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/format/dense.hpp>
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {

/// Tokens as they are quantised: a row of codes and a scale for each.
template <class Scale>
using token_codes = sparse_view<dense, int8<per_row, Scale>>;
template <class X>
concept token_operand = sparse_operand<X> && requires(view_of<X> v) {
  []<class S>(const token_codes<S>&) {}(v);
};

/// What linear takes as X: numbers, or codes.
template <class X>
concept linear_tokens = dense_operand<X> || token_operand<X>;

/// A layer that multiplies by itself what is in rows: any_linear, or one of your own. It may also take codes, token_codes<float>,
/// as X, and an epilogue, epilogue::erased, last.
template <class A>
concept linear_layer = requires(const A& a, const exec<pool_ref>& where, matrix_view<const float> x,
                                matrix_view<float> y) {
  a.run(where, x, y);
};
/// What linear takes as A.
template <class A>
concept linear_weight = sparse_operand<A> || linear_layer<A>;
/// Row-major floats.
template <class M>
concept token_rows = dense_operand<M> && requires(M& m) {
  requires decltype(as_view(m))::by_rows;
  requires std::same_as < std::remove_const_t<typename decltype(as_view(m))::element>,
  float > ;
};

}  // namespace lacuna
