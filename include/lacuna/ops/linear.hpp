#pragma once
// SPDX-License-Identifier: BSL-1.0
// linear: Y[t,m] = X[t,k] * A[m,k]^T, token-major as every nn.Linear stores its tokens; A is the weight.
//
// The same product as spmm(a, transposed(x), transposed(y)): one kernel, two layouts.
#include <lacuna/ops/spmm.hpp>
#include <lacuna/ops/spmm/run_integer.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Fails with errc::shape unless A is m x k, X is t x k and Y is t x m. Epilogue stages see (feature, token).
template <exec_policy Exec, sparse_operand A, dense_operand X, dense_operand Y,
          epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void linear(const Exec& where, const A& a, const X& x, Y&& y, const Epilogue& finish = {}) {
  const view_of<A> av = a;
  const auto xv = transposed(x);
  const auto yv = transposed(y);
  kernel::check_shapes(kernel::fits_product(av, xv, yv), "linear: need X[t,k] * A[m,k]^T -> Y[t,m]", av, "X",
                       transposed(xv), "Y", transposed(yv));
  kernel::run_product(where, av, xv, yv, epilogue::flipped(finish));
}
template <sparse_operand A, dense_operand X, dense_operand Y, epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void linear(const A& a, const X& x, Y&& y, const Epilogue& finish = {}) { linear(exec{}, a, x, y, finish); }

/// The same for tokens x[t,k] of 8-bit codes (ops/quantize.hpp): the integer product, exact within each group of A's scales.
template <exec_policy Exec, sparse_operand A, token_operand X, dense_operand Y,
          epilogue_stage Epilogue = epilogue::none>
requires scaled_codec<codec_type_of<A>> && takes_value_type_of<Y, A>
void linear(const Exec& where, const A& a, const X& x, Y&& y, const Epilogue& finish = {}) {
  const view_of<A> av = a;
  const view_of<X> xv = x;
  const auto yv = transposed(y);
  kernel::check_shapes(av.cols() == xv.cols() && av.rows() == yv.rows() && xv.rows() == yv.cols(),
                       "linear: need X[t,k] * A[m,k]^T -> Y[t,m]", av, "X", xv, "Y", transposed(yv));
  kernel::run_integer(where, av, xv, yv, epilogue::flipped(finish));
}
template <sparse_operand A, token_operand X, dense_operand Y, epilogue_stage Epilogue = epilogue::none>
requires scaled_codec<codec_type_of<A>> && takes_value_type_of<Y, A>
void linear(const A& a, const X& x, Y&& y, const Epilogue& finish = {}) { linear(exec{}, a, x, y, finish); }

}  // namespace LACUNA_ARCH
}  // namespace lacuna
