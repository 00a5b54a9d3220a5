#pragma once
// SPDX-License-Identifier: BSL-1.0
// spmm: Y[m,n] = A[m,k] * X[k,n] for a sparse A of any pattern and codec and dense X, Y of either layout.
//
//   spmm(a, x, y)                                    serial, the best the flags allow
//   spmm(exec{openmp{2}}, a, x, y, epilogue::relu{})
//
// Each output is summed by one thread in a fixed order: same bits for any number of threads. X and Y hold
// the codec's value_type (float; double for the double codec) and must not overlap.
#include <lacuna/exec/exec.hpp>
#include <lacuna/ops/epilogue.hpp>
#include <lacuna/ops/spmm/run.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// Fails with errc::shape unless A is m x k, X is k x n and Y is m x n.
template <exec_policy Exec, sparse_operand A, dense_operand X, dense_operand Y,
          epilogue_stage Epilogue = epilogue::none>
  requires has_kernel<A, X, Y>
void spmm(const Exec& where, const A& a, const X& x, Y&& y, const Epilogue& finish = {}) {
  const view_of<A> av = a;
  const auto xv = as_view(x);
  const auto yv = as_view(y);
  kernel::check_shapes(kernel::fits_product(av, xv, yv), "spmm: need A[m,k] * B[k,n] -> C[m,n]", av, "B", xv,
                       "C", yv);
  kernel::run_product(where, av, xv, yv, finish);
}
template <sparse_operand A, dense_operand X, dense_operand Y, epilogue_stage Epilogue = epilogue::none>
  requires has_kernel<A, X, Y>
void spmm(const A& a, const X& x, Y&& y, const Epilogue& finish = {}) {
  spmm(exec{}, a, x, y, finish);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
