// SPDX-License-Identifier: BSL-1.0
#include "peers/torch_products.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

struct torch_weight {
  at::Tensor w;
};

namespace {

at::Tensor matrix_over(float* data, long rows, long cols) { return at::from_blob(data, {rows, cols}); }

torch_weight* dense(float* w, long rows, long cols) { return new torch_weight{matrix_over(w, rows, cols)}; }

torch_weight* csr(int* row_ptr, int* col_idx, float* values, long rows, long cols, long nnz) {
  return new torch_weight{at::sparse_csr_tensor(at::from_blob(row_ptr, {rows + 1}, at::kInt),
                                                at::from_blob(col_idx, {nnz}, at::kInt),
                                                at::from_blob(values, {nnz}), {rows, cols}, at::kFloat)};
}

void multiply(const torch_weight* a, const float* x, long n, int tokens, float* y) {
  const at::InferenceMode no_gradients;
  const long rows = a->w.size(0), cols = a->w.size(1);
  float* const from = const_cast<float*>(x);
  if (n == 1) {
    at::Tensor to = at::from_blob(y, {rows});
    at::mv_out(to, a->w, at::from_blob(from, {cols}));
  } else if (tokens) {
    at::Tensor to = matrix_over(y, n, rows).t();
    at::mm_out(to, a->w, matrix_over(from, n, cols).t());
  } else {
    at::Tensor to = matrix_over(y, rows, n);
    at::mm_out(to, a->w, matrix_over(from, cols, n));
  }
}

}  // namespace

extern "C" torch_products lacuna_torch_products() {
  return {[](int threads) { at::set_num_threads(threads); }, dense, csr, multiply,
          [](torch_weight* w) { delete w; }};
}
