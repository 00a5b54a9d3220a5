// SPDX-License-Identifier: BSL-1.0
#include "peers/peers.hpp"

#ifdef _OPENMP
#  include <omp.h>
#endif

namespace bench {

const std::vector<library>& libraries() {
  static const std::vector<library> found = {
      eigen_library(),
#ifdef LACUNA_BENCH_OPENBLAS
      openblas_library(),
#endif
#ifdef LACUNA_BENCH_ONEDNN
      onednn_library(),
#endif
#ifdef LACUNA_BENCH_MKL
      mkl_library(),
#endif
#ifdef LACUNA_BENCH_LIBRSB
      librsb_library(),
#endif
#ifdef LACUNA_BENCH_LIBXSMM
      libxsmm_library(),
#endif
#ifdef LACUNA_BENCH_TORCH
      torch_library(),
#endif
  };
  return found;
}

void set_peer_threads(int threads) {
#ifdef _OPENMP
  omp_set_num_threads(threads);  // first: others look at it
#endif
  for (const library& l : libraries())
    if (l.set_threads) l.set_threads(threads);
}

#ifndef LACUNA_BENCH_OPENBLAS
std::string openblas_core() { return {}; }
#endif

}  // namespace bench
