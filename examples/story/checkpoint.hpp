#pragma once
// SPDX-License-Identifier: BSL-1.0
// A llama2.c checkpoint of version 0: 7 numbers of 4 bytes, then float32 tensors one after the other.
//
//   dim hidden layers heads kv_heads vocab context        vocab < 0: the classifier is a matrix of its own
//   embedding [vocab, dim]
//   attention_norm [layers, dim]   wq [layers, dim, dim]   wk wv [layers, kv_dim, dim]   wo [layers, dim, dim]
//   ffn_norm [layers, dim]   w1 [layers, hidden, dim]   w2 [layers, dim, hidden]   w3 [layers, hidden, dim]
//   final_norm [dim]   rotary cosines and sines [context, head_size], not used   classifier [vocab, dim] if apart
//
// Format: github.com/karpathy/llama2.c, run.c. Little-endian.
#include <lacuna/core/matrix.hpp>
#include <string>
#include <vector>

namespace story {

using lacuna::array_view, lacuna::index_t, lacuna::matrix_view;

struct model_shape {
  index_t dim = 0, hidden = 0, layers = 0, heads = 0, kv_heads = 0, vocab = 0, context = 0;

  index_t head_size() const { return dim / heads; }
  index_t kv_dim() const { return head_size() * kv_heads; }
};

struct layer_weights {
  array_view<const float> attention_norm, ffn_norm;
  matrix_view<const float> wq, wk, wv, wo, w1, w2, w3;
};

/// Borrows the bytes it was read from.
struct checkpoint {
  model_shape shape;
  matrix_view<const float> embedding, classifier;  // the same matrix when they are tied
  std::vector<layer_weights> layers;
  array_view<const float> final_norm;
};

/// `file` begins at a multiple of 4 bytes. Fails with errc::data and one sentence on everything that is not such a
/// checkpoint, to the byte, and on weights that are not finite.
checkpoint read_checkpoint(array_view<const std::byte> file, const std::string& name);

}  // namespace story
