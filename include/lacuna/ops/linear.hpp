#pragma once
// SPDX-License-Identifier: BSL-1.0
// linear: Y[t,m] = X[t,k] * A[m,k]^T, token-major as every nn.Linear stores its tokens; A is the weight.
//
// The same product as spmm(a, transposed(x), transposed(y)): one kernel, two layouts.
#include <lacuna/ops/spmm.hpp>
#include <lacuna/ops/spmm/run_integer.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

namespace kernel {

/// A layer takes its threads as a pool_ref and its epilogue behind a pointer, so that its kernels are compiled once.
template <class Threads, class Simd, linear_layer A, class X, class Epilogue>
LACUNA_INLINE void run_layer(const exec<Threads, Simd>& where, const A& a, const X& x, matrix_view<float> y,
                             const Epilogue& finish) {
  const auto run = [&](index_t n, auto&& piece) { where.threads.run(n, piece); };
  const exec<pool_ref> on{pool_ref(run, where.threads.width()), native{}, where.scratch,
                          std::same_as<Simd, scalar> ? regime::reference : where.how};
  if constexpr (std::same_as<Epilogue, epilogue::none>) {
    a.run(on, x, y);
  } else {
    const auto yv = transposed(y);
    const auto stage = epilogue::flipped(finish);
    epilogue::check(stage, yv.rows(), yv.cols());
    const auto last = epilogue::bind(stage, yv);
    a.run(on, x, y, epilogue::erased(last));
  }
}

template <class Exec, class A, class X, class Y, class Epilogue>
void run_linear(const Exec& where, const A& a, const X& x, Y&& y, const Epilogue& finish) {
  const view_of<A> av = a;
  const auto yv = transposed(y);
  const auto check = [&](const auto& tokens) {
    check_shapes(av.cols() == tokens.cols() && av.rows() == yv.rows() && tokens.rows() == yv.cols(),
                 "linear: need X[t,k] * A[m,k]^T -> Y[t,m]", av, "X", tokens, "Y", transposed(yv));
  };
  if constexpr (token_operand<X>) {
    const view_of<X> xv = x;
    check(xv);
    run_integer(where, av, xv, yv, epilogue::flipped(finish));
  } else {
    const auto xv = transposed(x);
    check(transposed(xv));
    run_product(where, av, xv, yv, epilogue::flipped(finish));
  }
}

}  // namespace kernel

/// Fails with errc::shape unless A is m x k, X is t x k and Y is t x m. Epilogue stages see (feature, token). X of 8-bit
/// codes (ops/quantize.hpp) times an A of codes is the integer product, exact within each group of A's scales. A layer
/// (ops/any_linear.hpp) takes rows.
template <exec_policy Exec, linear_weight A, linear_tokens X, dense_operand Y,
          epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void linear(const Exec& where, const A& a, const X& x, Y&& y, const Epilogue& finish = {}) {
  if constexpr (linear_layer<A>) {
    if constexpr (token_operand<X>)
      return kernel::run_layer(where, a, view_of<X>(x), as_view(y), finish);
    else
      return kernel::run_layer(where, a, matrix_view<const float>(as_view(x)), as_view(y), finish);
  } else {
    kernel::run_linear(where, a, x, y, finish);
  }
}
template <linear_weight A, linear_tokens X, dense_operand Y, epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void linear(const A& a, const X& x, Y&& y, const Epilogue& finish = {}) { linear(exec{}, a, x, y, finish); }

}  // namespace LACUNA_ARCH
}  // namespace lacuna
