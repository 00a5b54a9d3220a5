// SPDX-License-Identifier: BSL-1.0
#include <cblas.h>

#include "peers/by_cblas.hpp"

namespace bench {
namespace {

struct openblas : dense_peer {
  using dense_peer::dense_peer;
  void multiply(int copy, const operands& o) override {
    multiply_by_cblas(cblas_sgemv, cblas_sgemm, rows, cols, w(copy).data(), o);
  }
};

}  // namespace

library openblas_library() {
  return {"openblas", make_peer<openblas>, nullptr, [](int threads) { openblas_set_num_threads(threads); }};
}

std::string openblas_core() { return openblas_get_corename(); }

}  // namespace bench
