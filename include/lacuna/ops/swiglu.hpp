#pragma once
// SPDX-License-Identifier: BSL-1.0
// swiglu: Y[t,m] = silu(X[t,k] * gate[m,k]^T) * (X[t,k] * up[m,k]^T), the first half of a gated feed-forward layer
// (Shazeer 2020, arXiv 2002.05202): two weights of one form, tokens packed once, nothing written but Y.
//
//   swiglu(gate, up, x, y);                              x: floats, or quantize<int8>(x) for weights of codes
//   swiglu(exec{openmp{2}}, pack(g), pack(u), x, y);
//
// Weights of different forms, or layers: linear(gate, x, y); linear(up, x, y, epilogue::swiglu{}). Same bits.
#include <lacuna/ops/linear.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Fails with errc::shape unless gate and up are m x k, X is t x k and Y is t x m, with errc::argument when a stage of
/// `finish`, which sees the gated values, reads Y: the gate's sums lie there meanwhile.
template <exec_policy Exec, sparse_operand A, linear_tokens X, dense_operand Y,
          epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void swiglu(const Exec& where, const A& gate, const A& up, const X& x, Y&& y, const Epilogue& finish = {}) {
  const kernel::gated_view<pattern_of<A>, codec_type_of<A>> both{gate, up};
  const auto yv = transposed(y);
  if (both.gate.rows() != up.rows() || both.gate.cols() != up.cols())
    fail(errc::shape, "swiglu: need a gate of the shape of up; got gate " +
                          shape_text(both.gate.rows(), both.gate.cols()) + ", up " +
                          shape_text(up.rows(), up.cols()));
  if (epilogue::reads(finish, yv.data()))
    fail(errc::argument, "swiglu: need an epilogue that does not read Y, where the gate's sums are kept");
  const auto last = epilogue::swiglu{} | epilogue::flipped(finish);
  const auto check = [&](const auto& tokens) {
    kernel::check_shapes(up.cols() == tokens.cols() && up.rows() == yv.rows() && tokens.rows() == yv.cols(),
                         "swiglu: need X[t,k], gate[m,k], up[m,k] -> Y[t,m]", up, "X", tokens, "Y",
                         transposed(yv));
  };
  if constexpr (token_operand<X>) {
    const view_of<X> xv = x;
    check(xv);
    kernel::run_integer(where, both, xv, yv, last);
  } else {
    check(as_view(x));
    kernel::run_product(where, both, transposed(x), yv, last);
  }
}
template <sparse_operand A, linear_tokens X, dense_operand Y, epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void swiglu(const A& gate, const A& up, const X& x, Y&& y, const Epilogue& finish = {}) {
  swiglu(exec{}, gate, up, x, y, finish);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
