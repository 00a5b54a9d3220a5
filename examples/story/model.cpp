// SPDX-License-Identifier: BSL-1.0
#include "model.hpp"

#include <algorithm>
#include <cmath>

#include "select.hpp"

using namespace lacuna;

namespace story {
namespace {

constexpr double rotary_base = 10000;
constexpr double norm_epsilon = 1e-5;

matrix_view<float> top(matrix<float>& m, index_t rows) { return m.view().block(0, 0, rows, m.cols()); }

void rms_norm(matrix_view<const float> x, array_view<const float> weight, matrix_view<float> y) {
  for (index_t t = 0; t < x.rows(); ++t) {
    double squares = 0;
    for (index_t j = 0; j < x.cols(); ++j)
      squares += static_cast<double>(x(t, j)) * static_cast<double>(x(t, j));
    const auto scale =
        static_cast<float>(1 / std::sqrt(squares / static_cast<double>(x.cols()) + norm_epsilon));
    for (index_t j = 0; j < x.cols(); ++j) y(t, j) = weight[j] * (scale * x(t, j));
  }
}

void add(matrix_view<float> x, matrix_view<const float> y) {
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t j = 0; j < x.cols(); ++j) x(t, j) += y(t, j);
}

}  // namespace

model::model(const checkpoint& from, const model_options& o)
    : shape_(from.shape), embedding_(from.embedding), final_norm_(from.final_norm), most_tokens_(o.tokens) {
  if (o.tokens < 1 || o.tokens > shape_.context)
    fail(errc::argument, "model: need 1 to " + count_text(shape_.context) +
                             " tokens, the context of the model; got " + count_text(o.tokens));
  if (!o.select.none && (!o.window.all() || o.kv.place != 0))
    fail(errc::argument, "--select: need keys in dense:f32 and no --window; got another");
  cache_shape cache{shape_.heads, shape_.kv_heads, shape_.head_size(), o.tokens, o.window};
  const auto make_cache = [&] {
    auto made = o.select.none ? make_kv(o.kv, cache) : make_selected(o.select, cache);
    ++cache.layer;
    return made;
  };
  for (const layer_weights& w : from.layers)
    layers_.push_back({w.attention_norm, w.ffn_norm, make_layer(o.weights, w.wq), make_layer(o.weights, w.wk),
                       make_layer(o.weights, w.wv), make_layer(o.weights, w.wo), make_layer(o.weights, w.w1),
                       make_layer(o.weights, w.w2), make_layer(o.weights, w.w3), make_cache()});
  classifier_ = make_layer({}, from.classifier);

  const index_t half = shape_.head_size() / 2;
  for (index_t p = 0; p < o.tokens; ++p)
    for (index_t i = 0; i < half; ++i) {
      const double angle =
          static_cast<double>(p) * std::pow(rotary_base, -static_cast<double>(i) / static_cast<double>(half));
      cosines_.push_back(static_cast<float>(std::cos(angle)));
      sines_.push_back(static_cast<float>(std::sin(angle)));
    }
  const index_t rows = std::min(most_rows, o.tokens);
  for (matrix<float>* m : {&x_, &normed_, &q_, &out_}) *m = matrix<float>(rows, shape_.dim);
  for (matrix<float>* m : {&k_, &v_}) *m = matrix<float>(rows, shape_.kv_dim());
  for (matrix<float>* m : {&gate_, &up_}) *m = matrix<float>(rows, shape_.hidden);
  logits_ = matrix<float>(rows, shape_.vocab);
}

void model::clear() {
  for (layer& l : layers_) l.cache->clear();
  position_ = 0;
}

/// Turns each pair of channels of each head by its angle at this position (Su and others 2021, RoFormer).
void model::rotate(float* row, index_t width, index_t position) const {
  const index_t half = shape_.head_size() / 2;
  const float* const c = cosines_.data() + position * half;
  const float* const s = sines_.data() + position * half;
  for (index_t j = 0; j < width; j += 2) {
    const index_t i = j / 2 % half;
    const float a = row[j], b = row[j + 1];
    row[j] = a * c[i] - b * s[i];
    row[j + 1] = a * s[i] + b * c[i];
  }
}

void model::attention(const threads& where, layer& l, index_t n) {
  const auto in = top(normed_, n), q = top(q_, n), k = top(k_, n), v = top(v_, n), out = top(out_, n);
  rms_norm(top(x_, n), l.attention_norm, in);
  linear(where, l.wq, in, q);
  linear(where, l.wk, in, k);
  linear(where, l.wv, in, v);
  // Token by token: what a token sees of the others depends on what the cache has packed by then.
  for (index_t t = 0; t < n; ++t) {
    rotate(&q(t, 0), q.cols(), position_ + t);
    rotate(&k(t, 0), k.cols(), position_ + t);
    l.cache->append(&k(t, 0), &v(t, 0));
    l.cache->attend(where, &q(t, 0), &in(t, 0));
  }
  linear(where, l.wo, in, out);
  add(top(x_, n), out);
}

void model::feed_forward(const threads& where, layer& l, index_t n) {
  const auto in = top(normed_, n), gate = top(gate_, n), up = top(up_, n), out = top(out_, n);
  rms_norm(top(x_, n), l.ffn_norm, in);
  linear(where, l.w1, in, gate);
  linear(where, l.w3, in, up);
  for (index_t t = 0; t < n; ++t)
    for (index_t j = 0; j < gate.cols(); ++j) gate(t, j) *= up(t, j) / (1 + std::exp(-gate(t, j)));
  linear(where, l.w2, gate, out);
  add(top(x_, n), out);
}

matrix_view<const float> model::advance(const threads& where, array_view<const int> tokens, index_t rows) {
  const index_t n = tokens.size();
  if (n > most_tokens_ - position_)
    fail(errc::argument,
         "model: need at most " + count_text(most_tokens_) + " tokens; got " + count_text(position_ + n));
  for (index_t t = 0; t < n; ++t) std::copy_n(&embedding_(tokens[t], 0), shape_.dim, &x_(t, 0));
  for (layer& l : layers_) {
    attention(where, l, n);
    feed_forward(where, l, n);
  }
  position_ += n;
  const auto last = x_.view().block(n - rows, 0, rows, shape_.dim), in = top(normed_, rows),
             y = top(logits_, rows);
  if (rows == 0) return y;
  rms_norm(last, final_norm_, in);
  linear(where, classifier_, in, y);
  for (index_t t = 0; t < rows; ++t)
    for (index_t j = 0; j < y.cols(); ++j)
      if (!std::isfinite(y(t, j)))
        fail(errc::data, "model: need weights that give finite logits; got " +
                             number_text("%g", static_cast<double>(y(t, j))) + " after " +
                             count_text(position_ - rows + t + 1) + " tokens");
  return y;
}

read_share model::share() const {
  read_share sum;
  for (const layer& l : layers_) sum.read += l.cache->share().read, sum.all += l.cache->share().all;
  return sum;
}

model_bytes model::bytes() const {
  model_bytes b;
  const auto floats = [](index_t n) { return static_cast<std::size_t>(n) * sizeof(float); };
  for (const layer& l : layers_) {
    for (const any_linear* w : {&l.wq, &l.wk, &l.wv, &l.wo, &l.w1, &l.w2, &l.w3}) b.layers += w->bytes();
    b.rest += floats(2 * shape_.dim);
    b.cache += l.cache->bytes();
  }
  b.rest += floats(embedding_.rows() * embedding_.cols() + shape_.dim) + classifier_.bytes();
  return b;
}

}  // namespace story
