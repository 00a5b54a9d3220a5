#pragma once
// SPDX-License-Identifier: BSL-1.0
// spmv: y[m] = A[m,k] * x[k]. x and y are anything with data() and size().
#include <lacuna/ops/spmm.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Fails with errc::shape unless A is m x k, x has k and y has m values.
template <exec_policy Exec, sparse_operand A, vector_operand X, vector_operand Y,
          epilogue_stage Epilogue = epilogue::none>
  requires has_kernel<A, X, Y>
void spmv(const Exec& where, const A& a, const X& x, Y&& y, const Epilogue& finish = {}) {
  const view_of<A> av = a;
  const auto xv = as_column(x);
  const auto yv = as_column(y);
  kernel::check_shapes(kernel::fits_product(av, xv, yv), "spmv: need A[m,k] * x[k] -> y[m]", av, "x", xv, "y",
                       yv);
  kernel::run_product(where, av, xv, yv, finish);
}
template <sparse_operand A, vector_operand X, vector_operand Y, epilogue_stage Epilogue = epilogue::none>
  requires has_kernel<A, X, Y>
void spmv(const A& a, const X& x, Y&& y, const Epilogue& finish = {}) {
  spmv(exec{}, a, x, y, finish);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
