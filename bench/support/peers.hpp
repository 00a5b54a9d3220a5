#pragma once
// SPDX-License-Identifier: BSL-1.0
// The products of others, in float, over the same matrix.
#include <lacuna/core/matrix.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/format/sparse_matrix.hpp>

#include "support/contest.hpp"

namespace bench {

/// A dense library that was found: its name in the cases, and how to hand it a matrix.
struct dense_library {
  std::string name;
  std::unique_ptr<contender> (*make)(const lacuna::matrix<float>& w);
};
const std::vector<dense_library>& dense_libraries();

std::unique_ptr<contender> make_eigen_sparse(const lacuna::sparse_view<lacuna::csr, float>& a);

void set_peer_threads(int threads);
/// Which kernels OpenBLAS took, empty without it.
std::string openblas_core();

}  // namespace bench
