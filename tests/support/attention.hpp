#pragma once
// SPDX-License-Identifier: BSL-1.0
// Attention in double over what a cache holds, and how far decode may be from it.
//
//   score     base 2: |error| <= rounding of a dot product of D terms + what the codec rounds of the query
//   weight    relative: ln 2 * error of the score + exp2's own 2^-21 + that of s - m
//   output    2 * (error of weights) * sum p |v| / sum p + what the codec rounds of the weights
#include <lacuna/attention.hpp>

#include "support/kv.hpp"
#include "support/near.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// What a key codec does to a score, given the largest |q|, sum |q k|, sum |k|, the largest |k| of the cache, channels.
struct score_terms {
  double most_q, products, sizes, most_k, dim;
};
template <class A, class T>
double rounded_score(const plain_key<T>&, const score_terms& t) {
  return std::is_same_v<T, bf16> && simd::fast_dot_bf16<A> ? 0x1p-8 * t.products : 0;
}
template <class A, class S>
double rounded_score(const int8_key<S>&, const score_terms& t) {
  return t.most_q * 0.51 / 32767 * t.sizes;
}
template <class A, class C>
double rounded_score(const int4_key<C>&, const score_terms& t) {
  return t.most_q * 0.51 / 127 * t.sizes;
}
template <class A, class C>  // folded queries: at most half of 1/127 of the largest |q| * scale off, times 15
double rounded_score(const channelwise_key<C>&, const score_terms& t) {
  return t.most_q * t.most_k / 7 * 1.02 * 0.51 / 127 * 15 * t.dim;
}
template <class A, class W, class R>
double rounded_score(const pruned_key<W, R>&, const score_terms& t) {
  return rounded_score<A>(key_codec_of<W>{}, t);
}

/// What a value codec does to an output, given the largest |v|, tokens, sum p, sum p |v| / sum p.
struct value_terms {
  double most_v, tokens, weights, mean;
};
template <class A, class T>
double rounded_weights(const plain_value<T>&, const value_terms& t) {
  return std::is_same_v<T, bf16> && simd::fast_dot_bf16<A> ? 0x1p-8 * t.mean : 0;
}
template <class A, class S>
double rounded_weights(const int8_value<S>&, const value_terms& t) {
  return t.tokens * 0.51 / 16383 * t.most_v * 1.02 / t.weights;
}
template <class A, class C>
double rounded_weights(const int4_value<C>&, const value_terms& t) {
  return t.tokens * 0.51 / 32767 * t.most_v * 15 / 7 * 1.02 / t.weights;
}
template <class A, class W, class R>
double rounded_weights(const pruned_value<W, R>&, const value_terms& t) {
  return rounded_weights<A>(value_codec_of<W>{}, t);
}

/// A token of a cache as decode should see it.
struct stored_token {
  std::vector<float> k, v;
};

/// What a call attends, and with which rounding.
template <class A, class K, class V>
struct attention_oracle {
  K key{};
  V value{};
  double scale = 0, soft_cap = 0;
  double most_k = 0, most_v = 0;

  double score_error(const matrix<float>& q, index_t row, const std::vector<float>& k) const {
    score_terms t{0, 0, 0, most_k, double(q.cols())};
    for (index_t d = 0; d < q.cols(); ++d) {
      t.most_q = std::max(t.most_q, std::fabs(double(q(row, d))));
      t.products += std::fabs(double(q(row, d)) * k[std::size_t(d)]);
      t.sizes += std::fabs(double(k[std::size_t(d)]));
    }
    const double base2 = scale * 1.4426950409;
    return base2 * (gamma(q.cols() + 8, unit_roundoff<float>) * t.products + rounded_score<A>(key, t));
  }
  /// Row `row` of q over the tokens: the outputs and their bounds into `want`, ln sum e^score as the result.
  approx attend(const matrix<float>& q, index_t row, const std::vector<stored_token>& tokens,
                expectation& want) const {
    const index_t dim = q.cols();
    const auto n = static_cast<std::size_t>(dim);
    std::vector<double> s, sum(n), size(n);
    double most = -1e300, worst = 0, all = 0, reach = 0;
    for (const auto& t : tokens) {
      double x = 0;
      for (index_t d = 0; d < dim; ++d) x += double(q(row, d)) * t.k[std::size_t(d)];
      x *= scale;
      reach = std::max(reach, std::fabs(x));
      if (soft_cap > 0) x = soft_cap * std::tanh(x / soft_cap);
      s.push_back(x);
      most = std::max(most, x);
      worst = std::max(worst, score_error(q, row, t.k));
    }
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const double p = std::exp(s[t] - most);
      all += p;
      for (std::size_t d = 0; d < sum.size(); ++d) {
        sum[d] += p * tokens[t].v[d];
        size[d] += p * std::fabs(double(tokens[t].v[d]));
      }
    }
    const double in_score = worst + (reach * 4 + soft_cap * 8) * 0x1p-22;
    const double in_weight =
        std::expm1(in_score * 0.6932) + 0x1p-20 + gamma(index_t(tokens.size()) + 32, 0x1p-24);
    for (index_t d = 0; d < dim; ++d) {
      const auto i = std::size_t(d);
      if (tokens.empty()) {
        want(row, d) = {0, 0};
        continue;
      }
      const value_terms terms{most_v, double(tokens.size()), all, size[i] / all};
      want(row, d) = {sum[i] / all,
                      2.1 * in_weight * size[i] / all + rounded_weights<A>(value, terms) + 0x1p-100};
    }
    return {most + std::log(all), in_score * 0.7 + 2 * in_weight + std::fabs(most) * 0x1p-20};
  }
};

inline matrix<float> any_rows(index_t rows, index_t cols, std::uint64_t seed, float size = 1) {
  return random_matrix(rows, cols, 1, seed, [&](random_source& r) { return size * r.any(); });
}

/// Fills every head with `tokens` rows, a few channels ten times larger than the rest.
template <class Pages>
void fill(Pages& pages, index_t tokens, std::uint64_t seed) {
  for (index_t h = 0; h < pages.kv_heads(); ++h) {
    auto k = any_rows(tokens, pages.shape.head_dim, seed + std::uint64_t(2 * h));
    for (index_t t = 0; t < tokens; ++t) k(t, pages.shape.head_dim / 3) *= 10;
    pages.fill(h, k, any_rows(tokens, pages.shape.head_dim, seed + std::uint64_t(2 * h) + 1));
  }
}
/// Tokens [0, n) of a head of pages, as stored.
template <class Pages>
std::vector<stored_token> stored(const Pages& pages, index_t h) {
  std::vector<stored_token> all;
  for (index_t t = 0; t < pages.body(h).tokens; ++t)
    all.push_back({pages.key_row(h, t), pages.value_row(h, t)});
  return all;
}
template <class Oracle>
void measure(Oracle& o, const std::vector<stored_token>& tokens) {
  for (const auto& t : tokens) {
    for (const float x : t.k) o.most_k = std::max(o.most_k, std::fabs(double(x)));
    for (const float x : t.v) o.most_v = std::max(o.most_v, std::fabs(double(x)));
  }
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
