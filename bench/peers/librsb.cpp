// SPDX-License-Identifier: BSL-1.0
#include <rsb.h>

#include "peers/storage.hpp"

namespace bench {
namespace {

class librsb : public csr_peer {
 public:
  using csr_peer::csr_peer;
  ~librsb() override {
    for (rsb_mtx_t* const a : handles_) rsb_mtx_free(a);
  }
  void prepare(const operands&) override {
    if (!handles_.empty()) return;
    for (int c = 0; c < copies(); ++c) {
      const csr_arrays& a = at(c);
      rsb_err_t error = RSB_ERR_NO_ERROR;
      handles_.push_back(rsb_mtx_alloc_from_csr_const(
          a.values.data(), a.row_ptr.data(), a.col_idx.data(), static_cast<rsb_nnz_idx_t>(nnz),
          RSB_NUMERICAL_TYPE_FLOAT, static_cast<int>(rows), static_cast<int>(cols), 0, 0, RSB_FLAG_NOFLAGS,
          &error));
    }
  }
  void multiply(int copy, const operands& o) override {
    const float one = 1, zero = 0;
    const rsb_mtx_t* const a = handles_[static_cast<std::size_t>(copy)];
    const int n = static_cast<int>(o.n), k = static_cast<int>(cols), m = static_cast<int>(rows);
    if (n == 1)
      rsb_spmv(RSB_TRANSPOSITION_N, &one, a, o.x, 1, &zero, o.y, 1);
    else if (o.tokens)
      rsb_spmm(RSB_TRANSPOSITION_N, &one, a, n, RSB_FLAG_WANT_COLUMN_MAJOR_ORDER, o.x, k, &zero, o.y, m);
    else
      rsb_spmm(RSB_TRANSPOSITION_N, &one, a, n, RSB_FLAG_WANT_ROW_MAJOR_ORDER, o.x, n, &zero, o.y, n);
  }

 private:
  std::vector<rsb_mtx_t*> handles_;
};

/// It keeps the number of OpenMP threads that it finds when it is initialised.
void set_librsb_threads(int threads) {
  static const rsb_err_t once = rsb_lib_init(RSB_NULL_INIT_OPTIONS);
  rsb_int_t number = threads;
  if (once == RSB_ERR_NO_ERROR) rsb_lib_set_opt(RSB_IO_WANT_EXECUTING_THREADS, &number);
}

}  // namespace

library librsb_library() { return {"librsb", nullptr, make_peer<librsb>, set_librsb_threads}; }

}  // namespace bench
