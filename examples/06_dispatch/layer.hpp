#pragma once
// SPDX-License-Identifier: BSL-1.0
// The door to a kernel that is compiled several times. Only data and plain functions pass through it, so
// nothing here depends on the flags: lacuna's matrices have one layout under all of them.
#include <lacuna/core/matrix.hpp>
#include <lacuna/format/nm.hpp>
#include <lacuna/format/sparse_matrix.hpp>

using layer_weights = lacuna::sparse_view<lacuna::nm<2, 4>, lacuna::bf16>;
using tokens_in = lacuna::matrix_view<const float>;
using tokens_out = lacuna::matrix_view<float>;

struct layer {
  const char* simd;                                                    // what the flags allowed
  void (*forward)(const layer_weights& a, tokens_in x, tokens_out y);  // y = relu(x a^T)
};

layer layer_base();  // runs anywhere
#ifdef __x86_64__
layer layer_v3();  // AVX2, FMA
layer layer_v4();  // AVX-512
#endif
