// SPDX-License-Identifier: BSL-1.0
#include <cblas.h>

#include "peers/storage.hpp"

namespace bench {
namespace {

struct openblas : dense_peer {
  using dense_peer::dense_peer;
  void multiply(int copy, const operands& o) override {
    const int m = static_cast<int>(rows), k = static_cast<int>(cols), n = static_cast<int>(o.n);
    const float* const a = w(copy).data();
    if (n == 1)
      cblas_sgemv(CblasRowMajor, CblasNoTrans, m, k, 1, a, k, o.x, 1, 0, o.y, 1);
    else if (o.tokens)
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, m, k, 1, o.x, k, a, k, 0, o.y, m);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, o.x, n, 0, o.y, n);
  }
};

}  // namespace

library openblas_library() {
  return {"openblas", make_peer<openblas>, nullptr, [](int threads) { openblas_set_num_threads(threads); }};
}

std::string openblas_core() { return openblas_get_corename(); }

}  // namespace bench
