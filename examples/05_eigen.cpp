// SPDX-License-Identifier: BSL-1.0
//
// Eigen and lacuna on the same memory: nothing is copied, whichever side owns it.
#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <cstdio>
#include <lacuna/interop/eigen.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/prune.hpp>
#include <vector>

int main() {
  // Eigen owns: a random sparse matrix, and dense ones of either layout.
  std::vector<Eigen::Triplet<float>> entries;
  for (int e = 0; e < 20000; ++e)
    entries.emplace_back(e * 7919 % 500, e * 104729 % 800, static_cast<float>(e % 9 - 4));
  Eigen::SparseMatrix<float, Eigen::RowMajor> s(500, 800);
  s.setFromTriplets(entries.begin(), entries.end());
  const Eigen::MatrixXf x =
      Eigen::MatrixXi::Random(800, 10).unaryExpr([](int v) { return v % 8; }).cast<float>();
  Eigen::MatrixXf y(500, 10);

  const auto a = lacuna::as_view(s);  // sparse_view<basic_csr<int, int>, float> over Eigen's three arrays
  bool ok = a.values().data() == s.valuePtr();
  lacuna::spmm(a, x, y);  // dense Eigen matrices are operands as they are
  const float apart = (y - s * x).norm();
  std::printf("%td nonzeros of Eigen's, multiplied by lacuna: %g apart from Eigen's own product\n", a.nnz(),
              static_cast<double>(apart));
  ok = ok && apart == 0;  // all are small integers, so sums are exact

  // A block of a larger Eigen matrix is an operand too: lines 10 apart from 5 used.
  lacuna::spmm(a, x.leftCols(5), y.rightCols(5));
  ok = ok && y.rightCols(5) == y.leftCols(5);

  // lacuna owns: Eigen sees it through a Map.
  lacuna::matrix<float> w(64, 96);
  Eigen::Map<Eigen::VectorXf>(w.data(), 64 * 96).setLinSpaced(-1, 1);
  auto seen = lacuna::eigen_map(w);
  seen.row(3) *= 2;  // writes into w
  ok = ok && seen.data() == w.data() && w(3, 0) == seen(3, 0);

  const auto kept = lacuna::sparsify<lacuna::basic_csr<int, int>, float>(w, lacuna::keep::per_row{0.25});
  const auto as_eigen = lacuna::eigen_map(kept);
  std::printf("%td nonzeros of lacuna's, summed by Eigen: %g\n",
              static_cast<lacuna::index_t>(as_eigen.nonZeros()), static_cast<double>(as_eigen.sum()));
  ok = ok && as_eigen.valuePtr() == kept.values().data() && as_eigen.nonZeros() == 64 * 24;

  // Of any other pattern, and of bf16 as Eigen::bfloat16, Eigen gets a copy.
  const auto copy = lacuna::eigen_copy(lacuna::convert<lacuna::bitmap, lacuna::bf16>(kept));
  ok = ok && copy.nonZeros() == kept.nnz() && copy.coeff(3, 0) == Eigen::bfloat16(kept.values()[3 * 24]);
  return ok ? 0 : 1;
}
