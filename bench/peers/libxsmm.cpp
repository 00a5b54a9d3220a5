// SPDX-License-Identifier: BSL-1.0
// spmdm of libxsmm 1.x: slices of 128 x 128 with short indices, made for one number of columns of X.
#include <libxsmm.h>

#include "peers/storage.hpp"

#ifdef _OPENMP
#  include <omp.h>
#endif

namespace bench {
namespace {

class spmdm : public csr_peer {
 public:
  using csr_peer::csr_peer;
  ~spmdm() override { drop(); }
  void prepare(const operands& o) override {
    drop();
    std::vector<float> dense(static_cast<std::size_t>(rows * cols));
    for (index_t i = 0; i < rows; ++i)
      visit_row(i, [&](index_t k, double v) {
        dense[static_cast<std::size_t>(i * cols + k)] = static_cast<float>(v);
      });
    slices_.resize(static_cast<std::size_t>(copies()));
    for (sliced& to : slices_) {
      libxsmm_spmdm_init(static_cast<int>(rows), static_cast<int>(o.n), static_cast<int>(cols), threads,
                         &to.handle, &to.first);
      const int pieces = libxsmm_spmdm_get_num_createSparseSlice_blocks(&to.handle);
      for (int p = 0; p < pieces; ++p)
        libxsmm_spmdm_createSparseSlice_fp32_thread(&to.handle, 'N', dense.data(), to.first, p, 0, 1);
    }
  }
  void multiply(int copy, const operands& o) override {
    sliced& a = slices_[static_cast<std::size_t>(copy)];
    const float one = 1, zero = 0;
    const char order = o.tokens ? 'T' : 'N';
    const int pieces = libxsmm_spmdm_get_num_compute_blocks(&a.handle);
#ifdef _OPENMP
#  pragma omp parallel for num_threads(threads) schedule(static)
#endif
    for (int p = 0; p < pieces; ++p)
      libxsmm_spmdm_compute_fp32_thread(&a.handle, 'N', order, &one, a.first, o.x, order, &zero, o.y, p,
                                        thread(), threads);
  }

  static inline int threads = 1;

 private:
  struct sliced {
    libxsmm_spmdm_handle handle;
    libxsmm_CSR_sparseslice* first;
  };
  static int thread() {
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
  }
  void drop() {
    for (sliced& s : slices_) libxsmm_spmdm_destroy(&s.handle);
    slices_.clear();
  }
  std::vector<sliced> slices_;
};

}  // namespace

library libxsmm_library() {
  libxsmm_init();
  return {"libxsmm", nullptr, make_peer<spmdm>, [](int threads) { spmdm::threads = threads; }};
}

}  // namespace bench
