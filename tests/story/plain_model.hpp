#pragma once
// SPDX-License-Identifier: BSL-1.0
// The model as llama2.c defines it, in double, one token at a time, over a plain cache: the oracle of the program story.
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <vector>

#include "story/checkpoint.hpp"
#include "story/plain_attention.hpp"
#include "story/tokenizer.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

class plain_model {
 public:
  using row = std::vector<double>;

  plain_model(const story::checkpoint& from, const story::plain_rule& rule) : from_(from) {
    const story::model_shape& s = from.shape;
    for (index_t l = 0; l < s.layers; ++l) caches_.emplace_back(s.heads, s.kv_heads, s.head_size(), rule);
  }
  void clear() {
    for (auto& c : caches_) c.clear();
    position_ = 0;
  }
  /// The logits after one more token.
  row read(int token) {
    row x = line(from_.embedding, token);
    for (std::size_t l = 0; l < caches_.size(); ++l) {
      const story::layer_weights& w = from_.layers[l];
      const row in = normed(x, w.attention_norm);
      row q = times(w.wq, in), k = times(w.wk, in), out(q.size());
      rotate(q), rotate(k);
      caches_[l].append(k.data(), times(w.wv, in).data());
      caches_[l].attend(q.data(), out.data());
      add(x, times(w.wo, out));
      const row middle = normed(x, w.ffn_norm);
      row gate = times(w.w1, middle);
      const row up = times(w.w3, middle);
      for (std::size_t j = 0; j < gate.size(); ++j) gate[j] *= up[j] / (1 + std::exp(-gate[j]));
      add(x, times(w.w2, gate));
    }
    ++position_;
    return times(from_.classifier, normed(x, from_.final_norm));
  }
  /// The mean of -ln p over the first windows of a text.
  double nll(const std::vector<int>& tokens, index_t context, index_t windows) {
    double sum = 0;
    const auto count = static_cast<std::size_t>(windows * (context - 1));
    for (std::size_t i = 0; i < count; ++i) {
      const bool first = i % static_cast<std::size_t>(context - 1) == 0;
      if (first) clear();
      const row logits = read(first ? story::begin_token : tokens[i - 1]);
      double all = 0;
      const double most = *std::max_element(logits.begin(), logits.end());
      for (const double y : logits) all += std::exp(y - most);
      sum += most + std::log(all) - logits[static_cast<std::size_t>(tokens[i])];
    }
    return sum / static_cast<double>(count);
  }

 private:
  static row line(matrix_view<const float> m, index_t i) { return {&m(i, 0), &m(i, 0) + m.cols()}; }
  static row times(matrix_view<const float> w, const row& x) {
    row y(static_cast<std::size_t>(w.rows()));
    for (index_t i = 0; i < w.rows(); ++i) {
      const float* const line = &w(i, 0);
      double sum = 0;
      for (std::size_t j = 0; j < x.size(); ++j) sum += static_cast<double>(line[j]) * x[j];
      y[static_cast<std::size_t>(i)] = sum;
    }
    return y;
  }
  static row normed(const row& x, array_view<const float> weight) {
    double squares = 0;
    for (const double v : x) squares += v * v;
    const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + 1e-5);
    row y(x.size());
    for (std::size_t j = 0; j < x.size(); ++j)
      y[j] = static_cast<double>(weight[static_cast<index_t>(j)]) * scale * x[j];
    return y;
  }
  static void add(row& x, const row& y) {
    for (std::size_t j = 0; j < x.size(); ++j) x[j] += y[j];
  }
  void rotate(row& x) const {
    const auto size = static_cast<double>(from_.shape.head_size());
    for (std::size_t j = 0; j < x.size(); j += 2) {
      const double angle =
          static_cast<double>(position_) * std::pow(10000.0, -std::fmod(static_cast<double>(j), size) / size);
      const double a = x[j], b = x[j + 1];
      x[j] = a * std::cos(angle) - b * std::sin(angle);
      x[j + 1] = a * std::sin(angle) + b * std::cos(angle);
    }
  }

  story::checkpoint from_;
  std::vector<story::plain_attention> caches_;
  index_t position_ = 0;
};

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
