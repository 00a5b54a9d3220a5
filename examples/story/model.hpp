#pragma once
// SPDX-License-Identifier: BSL-1.0
// The Llama transformer: tokens in, logits out.
//
//   x += wo attention(rope(wq n), rope(wk n), wv n),   n = rms_norm(x)          in each layer
//   x += w2 (silu(w1 n) * w3 n),                       n = rms_norm(x)
//   logits = classifier rms_norm(x)
//
// The seven matrices of a layer are stored in the form that is asked for; the embedding and the classifier stay float32.
#include <cmath>
#include <vector>

#include "checkpoint.hpp"
#include "kv.hpp"
#include "layers.hpp"

namespace story {

struct model_options {
  layer_form weights{};
  kv_form kv{};
  attention_window window{};
  index_t tokens = 0;  // at most, of a story; up to the context of the checkpoint
  select_form select{};
};

struct model_bytes {
  std::size_t layers = 0;  // the matrices that `weights` says how to store
  std::size_t rest = 0;    // embedding, classifier, norms
  std::size_t cache = 0;   // now
};

class model {
 public:
  /// Borrows the checkpoint's embedding and norms.
  model(const checkpoint& from, const model_options& options);

  index_t position() const { return position_; }
  /// Forgets the story.
  void clear();
  /// The next tokens of the story; f(t, logits) after tokens[t] for the last `rows` of them.
  template <class F>
  void read(const threads& where, array_view<const int> tokens, index_t rows, F&& f) {
    for (index_t first = 0; first < tokens.size(); first += most_rows) {
      const index_t n = std::min(most_rows, tokens.size() - first);
      const index_t quiet = std::min(n, std::max<index_t>(0, tokens.size() - rows - first));
      const matrix_view<const float> y = advance(where, {tokens.data() + first, n}, n - quiet);
      for (index_t t = 0; t < n - quiet; ++t)
        f(first + quiet + t, array_view<const float>{&y(t, 0), y.cols()});
    }
  }
  model_bytes bytes() const;
  /// Of all layers since the beginning.
  read_share share() const;
  const model_shape& shape() const { return shape_; }

 private:
  static constexpr index_t most_rows = 64;  // tokens of a step: they share one pass over the weights
  struct layer {
    array_view<const float> attention_norm, ffn_norm;
    lacuna::any_linear wq, wk, wv, wo, w1, w2, w3;
    std::unique_ptr<kv_layer> cache;
  };

  matrix_view<const float> advance(const threads& where, array_view<const int> tokens, index_t rows);
  void attention(const threads& where, layer& l, index_t n);
  void feed_forward(const threads& where, layer& l, index_t n);
  void rotate(float* row, index_t width, index_t position) const;

  model_shape shape_;
  matrix_view<const float> embedding_;
  array_view<const float> final_norm_;
  std::vector<layer> layers_;
  lacuna::any_linear classifier_;
  std::vector<float> cosines_, sines_;  // [tokens][head_size / 2]
  lacuna::matrix<float> x_, normed_, q_, k_, v_, out_, gate_, up_, logits_;
  index_t position_ = 0, most_tokens_;
};

}  // namespace story
