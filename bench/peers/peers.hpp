#pragma once
// SPDX-License-Identifier: BSL-1.0
// Other libraries, over the same weights in float. Each is one file here, compiled when CMake finds the library.
#include <lacuna/core/matrix.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/format/sparse_matrix.hpp>

#include "support/contest.hpp"

namespace bench {

using csr_view = lacuna::sparse_view<lacuna::csr, float>;

/// A dense product of narrow weights and float tokens, which it quantises or rounds in the time that is measured.
struct narrow_product {
  std::string codec;
  std::unique_ptr<contender> (*make)(const lacuna::matrix<float>& w);
};

/// A library that was found: its name in the cases, and how to hand it a matrix (null where it has no such product).
struct library {
  std::string name;
  std::unique_ptr<contender> (*dense)(const lacuna::matrix<float>& w);
  std::unique_ptr<contender> (*sparse)(const csr_view& a);
  void (*set_threads)(int threads);
  std::vector<narrow_product> narrow = {};
};
const std::vector<library>& libraries();

void set_peer_threads(int threads);
/// Which kernels OpenBLAS took, empty without it.
std::string openblas_core();

library eigen_library();
library openblas_library();
library onednn_library();
std::vector<narrow_product> onednn_narrow();
library mkl_library();
library librsb_library();
library libxsmm_library();
library torch_library();

}  // namespace bench
