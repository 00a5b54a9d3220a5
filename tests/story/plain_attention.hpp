#pragma once
// SPDX-License-Identifier: BSL-1.0
// Attention over a cache as it is defined, in double: the oracle of every cache form.
//
//   out = sum_j p_j v_j,   p = softmax(q k_j / sqrt(head_size)) over the tokens j that the window shows
//
// A form that loses something is a function `seal`: it replaces a batch of tokens by what the form gives back, as soon as
// `exact + batch` tokens stand unsealed; so the last `exact` tokens are never touched.
#include <algorithm>
#include <cmath>
#include <functional>
#include <lacuna/core/types.hpp>
#include <vector>

namespace story {

struct plain_rule {
  using index_t = lacuna::index_t;
  index_t exact = 0, batch = 1;
  /// Rows [tokens][kv_heads][head_size] in place; empty: nothing is lost.
  std::function<void(double* k, double* v, index_t tokens)> seal{};
  index_t sinks = 0, recent = 0;  // recent 0: all
};

class plain_attention {
 public:
  using index_t = lacuna::index_t;
  plain_attention(index_t heads, index_t kv_heads, index_t head_size, plain_rule rule)
      : heads_(heads), kv_heads_(kv_heads), size_(head_size), rule_(std::move(rule)) {}

  index_t tokens() const { return static_cast<index_t>(k_.size()) / width(); }
  void clear() {
    k_.clear(), v_.clear();
    sealed_ = 0;
  }

  template <class T>
  void append(const T* k, const T* v) {
    k_.insert(k_.end(), k, k + width());
    v_.insert(v_.end(), v, v + width());
    if (!rule_.seal || tokens() - sealed_ < rule_.exact + rule_.batch) return;
    rule_.seal(k_.data() + sealed_ * width(), v_.data() + sealed_ * width(), rule_.batch);
    sealed_ += rule_.batch;
  }

  template <class T>
  void attend(const T* q, double* out) const {
    for (index_t h = 0; h < heads_; ++h)
      head(q + h * size_, out + h * size_, h / (heads_ / kv_heads_) * size_);
  }

 private:
  index_t width() const { return kv_heads_ * size_; }
  bool shown(index_t j) const { return rule_.recent == 0 || j < rule_.sinks || j >= tokens() - rule_.recent; }

  template <class T>
  void head(const T* q, double* out, index_t first) const {
    const index_t n = tokens();
    std::vector<double> p(static_cast<std::size_t>(n), -HUGE_VAL), sum(static_cast<std::size_t>(size_), 0.0);
    const auto at = [](auto& a, index_t i) -> auto& { return a[static_cast<std::size_t>(i)]; };
    double most = -HUGE_VAL, all = 0;
    for (index_t j = 0; j < n; ++j) {
      if (!shown(j)) continue;
      double s = 0;
      for (index_t d = 0; d < size_; ++d) s += static_cast<double>(q[d]) * at(k_, j * width() + first + d);
      at(p, j) = s / std::sqrt(static_cast<double>(size_));
      most = std::max(most, at(p, j));
    }
    for (index_t j = 0; j < n; ++j) {
      if (!shown(j)) continue;
      const double w = std::exp(at(p, j) - most);
      all += w;
      for (index_t d = 0; d < size_; ++d) at(sum, d) += w * at(v_, j * width() + first + d);
    }
    for (index_t d = 0; d < size_; ++d) out[d] = at(sum, d) / all;
  }

  index_t heads_, kv_heads_, size_, sealed_ = 0;
  plain_rule rule_;
  std::vector<double> k_, v_;
};

}  // namespace story
