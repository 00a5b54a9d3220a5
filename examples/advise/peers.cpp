// SPDX-License-Identifier: BSL-1.0
#include "peers.hpp"

#include <Eigen/Core>
#include <Eigen/SparseCore>

using namespace lacuna;

namespace {

using by_rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using by_cols = Eigen::MatrixXf;
using sparse_rows = Eigen::SparseMatrix<float, Eigen::RowMajor>;
using tokens_in = matrix_view<const float>;
using tokens_out = matrix_view<float>;

plan::product dense_product(const sparse_view<csr, float>& a) {
  const auto w = std::make_shared<by_rows>(by_rows::Zero(a.rows(), a.cols()));
  for (index_t i = 0; i < a.rows(); ++i) a.visit_row(i, [&](index_t k, float v) { (*w)(i, k) = v; });
  return [w](tokens_in x, tokens_out y) {
    Eigen::Map<by_rows>(y.data(), y.rows(), y.cols()).noalias() =
        Eigen::Map<const by_rows>(x.data(), x.rows(), x.cols()) * w->transpose();
  };
}

plan::product sparse_product(const sparse_view<csr, float>& a) {
  const auto w = std::make_shared<sparse_rows>(a.rows(), a.cols());
  w->reserve(a.nnz());
  for (index_t i = 0; i < a.rows(); ++i) {
    w->startVec(i);
    a.visit_row(i, [&](index_t k, float v) { w->insertBack(i, k) = v; });
  }
  w->finalize();
  // Tokens are columns here: the layout that Eigen's sparse product is fastest with.
  return [w](tokens_in x, tokens_out y) {
    Eigen::Map<by_cols>(y.data(), y.cols(), y.rows()).noalias() =
        *w * Eigen::Map<const by_cols>(x.data(), x.cols(), x.rows());
  };
}

}  // namespace

std::vector<plan::peer> eigen_peers(index_t threads) {
  Eigen::setNbThreads(static_cast<int>(threads));
  return {
      {.name = "Eigen dense",
       .codec = "float",
       .bytes = [](index_t rows, index_t cols, index_t) { return static_cast<std::size_t>(rows * cols) * 4; },
       .build = dense_product},
      {.name = "Eigen sparse",
       .codec = "float",
       .bytes = [](index_t rows, index_t,
                   index_t nnz) { return static_cast<std::size_t>(nnz * 8 + rows * 4); },
       .build = sparse_product}};
}
