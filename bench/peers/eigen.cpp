// SPDX-License-Identifier: BSL-1.0
#include "peers/storage.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 warns inside its own AVX-512 headers when Eigen uses them (GCC bug 105593).
#  pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#  pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <lacuna/interop/eigen.hpp>

namespace bench {
namespace {

using by_rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using by_cols = Eigen::MatrixXf;

struct eigen_dense : dense_peer {
  using dense_peer::dense_peer;
  void multiply(int copy, const operands& o) override {
    const Eigen::Map<const by_rows> a(w(copy).data(), rows, cols);
    if (o.n == 1)
      Eigen::Map<Eigen::VectorXf>(o.y, rows).noalias() = a * Eigen::Map<const Eigen::VectorXf>(o.x, cols);
    else if (o.tokens)
      Eigen::Map<by_rows>(o.y, o.n, rows).noalias() =
          Eigen::Map<const by_rows>(o.x, o.n, cols) * a.transpose();
    else
      Eigen::Map<by_rows>(o.y, rows, o.n).noalias() = a * Eigen::Map<const by_rows>(o.x, cols, o.n);
  }
};

class eigen_sparse : public contender {
 public:
  using matrix_type = Eigen::SparseMatrix<float, Eigen::RowMajor>;
  explicit eigen_sparse(const csr_view& a) : a_{lacuna::eigen_copy(a)} {
    rows = a.rows(), cols = a.cols(), nnz = a.nnz();
  }
  void replicate(int copies) override {
    const matrix_type first = a_.front();
    a_.resize(static_cast<std::size_t>(copies), first);
  }
  std::vector<block> memory(int copy) const override {
    const matrix_type& a = a_[static_cast<std::size_t>(copy)];
    const auto n = static_cast<std::size_t>(nnz);
    return {{a.outerIndexPtr(), static_cast<std::size_t>(rows + 1) * sizeof(int)},
            {a.innerIndexPtr(), n * sizeof(int)},
            {a.valuePtr(), n * sizeof(float)}};
  }
  void multiply(int copy, const operands& o) override {
    const matrix_type& a = a_[static_cast<std::size_t>(copy)];
    if (o.n == 1)
      Eigen::Map<Eigen::VectorXf>(o.y, rows).noalias() = a * Eigen::Map<const Eigen::VectorXf>(o.x, cols);
    else if (o.tokens)
      Eigen::Map<by_cols>(o.y, rows, o.n).noalias() = a * Eigen::Map<const by_cols>(o.x, cols, o.n);
    else
      Eigen::Map<by_rows>(o.y, rows, o.n).noalias() = a * Eigen::Map<const by_rows>(o.x, cols, o.n);
  }
  void visit_row(index_t i, const std::function<void(index_t, double)>& f) const override {
    for (matrix_type::InnerIterator e(a_.front(), i); e; ++e) f(e.col(), static_cast<double>(e.value()));
  }

 private:
  std::vector<matrix_type> a_;
};

}  // namespace

library eigen_library() {
  return {"eigen", make_peer<eigen_dense>, make_peer<eigen_sparse>,
          [](int threads) { Eigen::setNbThreads(threads); }};
}

}  // namespace bench
