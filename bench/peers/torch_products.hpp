#pragma once
// SPDX-License-Identifier: BSL-1.0
// What torch.cpp asks of PyTorch, across a library opened at run time: PyTorch carries its own MKL and oneDNN, whose
// symbols would mix with those of the other peers.

/// Opaque: a weight of PyTorch's over the caller's arrays.
struct torch_weight;

struct torch_products {
  void (*set_threads)(int threads);
  torch_weight* (*dense)(float* w, long rows, long cols);
  torch_weight* (*csr)(int* row_ptr, int* col_idx, float* values, long rows, long cols, long nnz);
  /// Tokens: x is n x cols and y n x rows; else x is cols x n and y rows x n. Row-major.
  void (*multiply)(const torch_weight* w, const float* x, long n, int tokens, float* y);
  void (*drop)(torch_weight* w);
};
