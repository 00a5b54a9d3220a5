#pragma once
// SPDX-License-Identifier: BSL-1.0
// Quantised tokens as an operand: a dense matrix of 8-bit codes, a token a row, that ops/quantize.hpp makes.
#include <lacuna/codec/int8.hpp>
#include <lacuna/core/matrix.hpp>
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

}  // namespace lacuna
