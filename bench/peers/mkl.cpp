// SPDX-License-Identifier: BSL-1.0
// MKL has the same cblas names as OpenBLAS: so it is opened at run time, and asked for each function.
#include <dlfcn.h>
#include <mkl_cblas.h>
#include <mkl_service.h>
#include <mkl_spblas.h>

#include <cstdio>
#include <cstdlib>

#include "peers/by_cblas.hpp"

namespace bench {
namespace {

void* mkl_symbol(const char* name) {
  static void* const found = dlopen(LACUNA_BENCH_MKL, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  void* const symbol = found ? dlsym(found, name) : nullptr;
  if (!symbol) std::fprintf(stderr, "need %s of MKL; got %s\n", name, dlerror()), std::exit(1);
  return symbol;
}
#define LACUNA_MKL(name) static const auto mkl_##name = reinterpret_cast<decltype(&name)>(mkl_symbol(#name))

struct mkl_dense : dense_peer {
  using dense_peer::dense_peer;
  void multiply(int copy, const operands& o) override {
    LACUNA_MKL(cblas_sgemv);
    LACUNA_MKL(cblas_sgemm);
    multiply_by_cblas(mkl_cblas_sgemv, mkl_cblas_sgemm, rows, cols, w(copy).data(), o);
  }
};

/// Inspector-executor: told what will be asked of it, many times.
class mkl_sparse : public csr_peer {
 public:
  using csr_peer::csr_peer;
  ~mkl_sparse() override { drop(); }
  void prepare(const operands& o) override {
    LACUNA_MKL(mkl_sparse_s_create_csr);
    LACUNA_MKL(mkl_sparse_set_mv_hint);
    LACUNA_MKL(mkl_sparse_set_mm_hint);
    LACUNA_MKL(mkl_sparse_optimize);
    drop();
    for (int c = 0; c < copies(); ++c) {
      csr_arrays& a = at(c);
      sparse_matrix_t handle = nullptr;
      mkl_mkl_sparse_s_create_csr(&handle, SPARSE_INDEX_BASE_ZERO, static_cast<int>(rows),
                                  static_cast<int>(cols), a.row_ptr.data(), a.row_ptr.data() + 1,
                                  a.col_idx.data(), a.values.data());
      if (o.n == 1)
        mkl_mkl_sparse_set_mv_hint(handle, SPARSE_OPERATION_NON_TRANSPOSE, general, 1000);
      else
        mkl_mkl_sparse_set_mm_hint(handle, SPARSE_OPERATION_NON_TRANSPOSE, general, layout(o),
                                   static_cast<int>(o.n), 1000);
      mkl_mkl_sparse_optimize(handle);
      handles_.push_back(handle);
    }
  }
  void multiply(int copy, const operands& o) override {
    LACUNA_MKL(mkl_sparse_s_mv);
    LACUNA_MKL(mkl_sparse_s_mm);
    const auto a = handles_[static_cast<std::size_t>(copy)];
    const int n = static_cast<int>(o.n), k = static_cast<int>(cols), m = static_cast<int>(rows);
    if (n == 1)
      mkl_mkl_sparse_s_mv(SPARSE_OPERATION_NON_TRANSPOSE, 1, a, general, o.x, 0, o.y);
    else
      mkl_mkl_sparse_s_mm(SPARSE_OPERATION_NON_TRANSPOSE, 1, a, general, layout(o), o.x, n, o.tokens ? k : n,
                          0, o.y, o.tokens ? m : n);
  }

 private:
  static constexpr matrix_descr general{SPARSE_MATRIX_TYPE_GENERAL, SPARSE_FILL_MODE_FULL,
                                        SPARSE_DIAG_NON_UNIT};
  static sparse_layout_t layout(const operands& o) {
    return o.tokens ? SPARSE_LAYOUT_COLUMN_MAJOR : SPARSE_LAYOUT_ROW_MAJOR;
  }
  void drop() {
    LACUNA_MKL(mkl_sparse_destroy);
    for (const auto handle : handles_) mkl_mkl_sparse_destroy(handle);
    handles_.clear();
  }
  std::vector<sparse_matrix_t> handles_;
};

void set_mkl_threads(int threads) {
  LACUNA_MKL(MKL_Set_Num_Threads);
  mkl_MKL_Set_Num_Threads(threads);
}

}  // namespace

library mkl_library() {
  LACUNA_MKL(MKL_Set_Threading_Layer);
  mkl_MKL_Set_Threading_Layer(MKL_THREADING_GNU);  // the OpenMP that the others have
  return {"mkl", make_peer<mkl_dense>, make_peer<mkl_sparse>, set_mkl_threads};
}

}  // namespace bench
