#pragma once
// SPDX-License-Identifier: BSL-1.0
// The product through a CBLAS, whose header comes first: OpenBLAS and MKL name their enumerators alike.
#include "peers/storage.hpp"

namespace bench {

template <class Gemv, class Gemm>
void multiply_by_cblas(Gemv gemv, Gemm gemm, index_t rows, index_t cols, const float* a, const operands& o) {
  const int m = static_cast<int>(rows), k = static_cast<int>(cols), n = static_cast<int>(o.n);
  if (n == 1)
    gemv(CblasRowMajor, CblasNoTrans, m, k, 1.0f, a, k, o.x, 1, 0.0f, o.y, 1);
  else if (o.tokens)
    gemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, m, k, 1.0f, o.x, k, a, k, 0.0f, o.y, m);
  else
    gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, a, k, o.x, n, 0.0f, o.y, n);
}

}  // namespace bench
