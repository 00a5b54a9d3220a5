// SPDX-License-Identifier: BSL-1.0
#include "support/peers.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 warns inside its own AVX-512 headers when Eigen uses them (GCC bug 105593).
#  pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#  pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <lacuna/interop/eigen.hpp>
#ifdef LACUNA_BENCH_OPENBLAS
#  include <cblas.h>
#endif
#ifdef LACUNA_BENCH_ONEDNN
#  include <oneapi/dnnl/dnnl.hpp>
#  include <unordered_map>
#endif
#ifdef _OPENMP
#  include <omp.h>
#endif

namespace bench {
namespace {

using lacuna::matrix;
using by_rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using by_cols = Eigen::MatrixXf;

/// What dense libraries share: copies of W, row-major.
class dense_peer : public contender {
 public:
  explicit dense_peer(const matrix<float>& w) : w_{w} { rows = w.rows(), cols = w.cols(), nnz = rows * cols; }
  void replicate(int copies) override {
    w_.resize(static_cast<std::size_t>(copies), matrix<float>(w_.front()));
  }
  std::vector<block> memory(int copy) const override {
    return {{w(copy).data(), static_cast<std::size_t>(nnz) * sizeof(float)}};
  }
  void visit_row(index_t i, const std::function<void(index_t, double)>& f) const override {
    for (index_t k = 0; k < cols; ++k) f(k, static_cast<double>(w(0)(i, k)));
  }

 protected:
  const matrix<float>& w(int copy) const { return w_[static_cast<std::size_t>(copy)]; }

 private:
  std::vector<matrix<float>> w_;
};

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
  explicit eigen_sparse(const lacuna::sparse_view<lacuna::csr, float>& a) : a_{lacuna::eigen_copy(a)} {
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

#ifdef LACUNA_BENCH_OPENBLAS
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
#endif

#ifdef LACUNA_BENCH_ONEDNN
/// matmul with plain strides on both sides: what a caller with weights as they are in the file gets.
class onednn : public dense_peer {
 public:
  using dense_peer::dense_peer;
  void prepare(const operands& o) override {
    using tag = dnnl::memory::format_tag;
    const auto f32 = dnnl::memory::data_type::f32;
    const dnnl::memory::desc tokens_x({o.n, cols}, f32, tag::ab), w_t({cols, rows}, f32, tag::ba),
        tokens_y({o.n, rows}, f32, tag::ab);
    const dnnl::memory::desc w({rows, cols}, f32, tag::ab), x({cols, o.n}, f32, tag::ab),
        y({rows, o.n}, f32, tag::ab);
    tokens_ = o.tokens;
    make(tokens_ ? tokens_x : w, tokens_ ? w_t : x, tokens_ ? tokens_y : y);
  }
  void multiply(int copy, const operands& o) override {
    auto* const a = const_cast<float*>(w(copy).data());
    auto* const x = const_cast<float*>(o.x);
    src_.set_data_handle(tokens_ ? x : a);
    weights_.set_data_handle(tokens_ ? a : x);
    dst_.set_data_handle(o.y);
    matmul_.execute(stream_, {{DNNL_ARG_SRC, src_}, {DNNL_ARG_WEIGHTS, weights_}, {DNNL_ARG_DST, dst_}});
    stream_.wait();
  }

 private:
  void make(const dnnl::memory::desc& src, const dnnl::memory::desc& weights, const dnnl::memory::desc& dst) {
#  if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc plan(engine_, src, weights, dst);
#  else
    const dnnl::matmul::primitive_desc plan(dnnl::matmul::desc(src, weights, dst), engine_);
#  endif
    matmul_ = dnnl::matmul(plan);
    src_ = dnnl::memory(src, engine_, nullptr);
    weights_ = dnnl::memory(weights, engine_, nullptr);
    dst_ = dnnl::memory(dst, engine_, nullptr);
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::matmul matmul_;
  dnnl::memory src_, weights_, dst_;
  bool tokens_ = true;
};
#endif

template <class Peer>
std::unique_ptr<contender> make_dense(const matrix<float>& w) {
  return std::make_unique<Peer>(w);
}

}  // namespace

const std::vector<dense_library>& dense_libraries() {
  static const std::vector<dense_library> found = {
      {"eigen", make_dense<eigen_dense>},
#ifdef LACUNA_BENCH_OPENBLAS
      {"openblas", make_dense<openblas>},
#endif
#ifdef LACUNA_BENCH_ONEDNN
      {"onednn", make_dense<onednn>},
#endif
  };
  return found;
}

std::unique_ptr<contender> make_eigen_sparse(const lacuna::sparse_view<lacuna::csr, float>& a) {
  return std::make_unique<eigen_sparse>(a);
}

void set_peer_threads(int threads) {
  Eigen::setNbThreads(threads);
#ifdef LACUNA_BENCH_OPENBLAS
  openblas_set_num_threads(threads);
#endif
#ifdef _OPENMP
  omp_set_num_threads(threads);  // oneDNN asks OpenMP
#endif
  (void)threads;
}

std::string openblas_core() {
#ifdef LACUNA_BENCH_OPENBLAS
  return openblas_get_corename();
#else
  return {};
#endif
}

}  // namespace bench
