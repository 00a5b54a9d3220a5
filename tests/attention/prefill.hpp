#pragma once
// SPDX-License-Identifier: BSL-1.0
// Prefill against attention in double. The error of an output is derived, not chosen:
//
//   a score     |ds| <= gamma(dim + 3) sum |q| |k| scale + 6 u (|s| + max |s|)      bf16: + 2^-8 + 2^-18 of the sum
//   a weight    relative: e^(max ds) 2-ulp exp2, once more for each rescale           bf16: + 2^-9
//   an output   (2 weight + gamma(keys + steps)) sum p |v| / sum p                    bf16: + 2^-9 for V; + the output's own
//
// A common factor of all weights of a row (a wrong maximum) cancels.
#include <cmath>
#include <lacuna/attention/prefill.hpp>
#include <vector>

#include "attention/any_mask.hpp"
#include "support/near.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// [heads][tokens][dim] with gaps of NaN, token-major or head-major.
template <class T>
class tensor {
 public:
  tensor(index_t heads, index_t tokens, index_t dim, index_t layout = 0)
      : heads_(heads), tokens_(tokens), dim_(dim), gap_(layout == 0 ? 0 : 3), by_tokens_(layout == 2) {
    values_.assign(std::size_t(heads * tokens * (dim + gap_)), T(std::nanf("")));
  }
  head_view<T> view() { return {values_.data(), heads_, tokens_, dim_, head_stride(), token_stride()}; }
  head_view<const T> view() const {
    return {values_.data(), heads_, tokens_, dim_, head_stride(), token_stride()};
  }
  void fill(std::uint64_t seed, float size) {
    random_source random(seed);
    for (index_t h = 0; h < heads_; ++h)
      for (index_t t = 0; t < tokens_; ++t)
        for (index_t d = 0; d < dim_; ++d) view().row(h, t)[d] = T(size * random.any());
  }
  /// How many numbers between the rows are no longer NaN.
  index_t touched() const {
    if (gap_ == 0) return 0;
    index_t n = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const bool gap = index_t(i) % (dim_ + gap_) >= dim_;
      n += gap && float(values_[i]) == float(values_[i]);
    }
    return n;
  }

 private:
  index_t token_stride() const { return (dim_ + gap_) * (by_tokens_ ? heads_ : 1); }
  index_t head_stride() const { return by_tokens_ ? dim_ + gap_ : tokens_ * (dim_ + gap_); }
  index_t heads_, tokens_, dim_, gap_;
  bool by_tokens_;
  std::vector<T> values_;
};

struct attention_shape {
  index_t heads, kv_heads, nq, nk, dim;
};

/// What the score of (head, query, key) becomes.
using score_rule = std::function<double(double s, index_t h, index_t q, index_t k)>;

/// Rows h * nq + t of [dim] outputs, then the log sum of each row, and the mass of each key.
struct attention_truth {
  expectation out, lse, mass;
};

/// How the kernel rounds: products in bf16, a policy's own error of a score (absolute), rounding of the outputs.
struct roundings {
  bool bf16_products = false;
  double policy = 0, output = 0;
};

template <class Q, class K, class V>
attention_truth attend(const head_view<Q>& q, const head_view<K>& k, const head_view<V>& v,
                       const std::function<bool(index_t, index_t, index_t)>& sees, roundings r = {},
                       const score_rule& rule = {}, double scale = 0) {
  const index_t nq = q.tokens(), nk = k.tokens(), dim = q.dim(), rows = q.heads() * nq;
  attention_truth t{{rows, dim}, {rows, 1}, {k.heads(), nk}};
  const double u = 0x1p-24, ub = r.bf16_products ? 0x1p-9 : 0;
  if (scale == 0) scale = 1 / std::sqrt(double(dim));
  std::vector<double> s(std::size_t(nk), 0.0), p(std::size_t(nk), 0.0);
  for (index_t h = 0; h < q.heads(); ++h)
    for (index_t i = 0; i < nq; ++i) {
      const index_t kv = h / (q.heads() / k.heads()), row = h * nq + i;
      double top = -HUGE_VAL, slack = 0, most = 0, sum = 0;
      for (index_t j = 0; j < nk; ++j) {
        if (!sees(h, i, j)) continue;
        double dot = 0, size = 0;
        for (index_t d = 0; d < dim; ++d) {
          const double x = double(float(q.row(h, i)[d])) * double(float(k.row(kv, j)[d])) * scale;
          dot += x, size += std::fabs(x);
        }
        slack = std::max(slack, size * (gamma(dim + 3, u) + 2 * ub + ub * ub));
        s[std::size_t(j)] = rule ? rule(dot, h, i, j) : dot;
        top = std::max(top, s[std::size_t(j)]), most = std::max(most, std::fabs(s[std::size_t(j)]));
      }
      const double steps = double(nk) / 64 + 2;
      const double weight = std::expm1(2 * (slack + r.policy + 6 * u * (most + most))) + steps * 0x1p-21 + ub;
      std::vector<double> o(std::size_t(dim), 0.0), size(std::size_t(dim), 0.0);
      for (index_t j = 0; j < nk; ++j) {
        if (!sees(h, i, j)) continue;
        const double w = p[std::size_t(j)] = std::exp(s[std::size_t(j)] - top);
        sum += w;
        for (index_t d = 0; d < dim; ++d) {
          const double x = w * double(float(v.row(kv, j)[d]));
          o[std::size_t(d)] += x, size[std::size_t(d)] += std::fabs(x);
        }
      }
      const double all = 2 * weight + ub + 2 * gamma(nk + index_t(steps) + 4, u) + weight * weight;
      for (index_t d = 0; d < dim; ++d) {
        const double value = sum > 0 ? o[std::size_t(d)] / sum : 0;
        t.out(row, d) = {value, (sum > 0 ? all * size[std::size_t(d)] / sum : 0) +
                                    r.output * std::fabs(value) + 0x1p-126 + (r.output > 0 ? 0x1p-25 : 0)};
      }
      const double lse = sum > 0 ? top + std::log(sum) : -HUGE_VAL;
      t.lse(row, 0) = {lse, sum > 0 ? all + 4 * u * std::fabs(lse) : 0};
      for (index_t j = 0; sum > 0 && j < nk; ++j)
        if (sees(h, i, j)) {
          t.mass(kv, j).value += p[std::size_t(j)] / sum;
          t.mass(kv, j).error += (2 * all + gamma(rows, u)) * p[std::size_t(j)] / sum + 0x1p-120;
        }
    }
  return t;
}

/// The first element of an output out of its bounds, "" if none.
template <class T>
std::string out_misses(const head_view<T>& out, const expectation& want) {
  for (index_t h = 0; h < out.heads(); ++h)
    for (index_t i = 0; i < out.tokens(); ++i)
      for (index_t d = 0; d < out.dim(); ++d) {
        const approx w = want(h * out.tokens() + i, d);
        const double got = double(float(out.row(h, i)[d]));
        if (!is_near(got, w))
          return "head " + count_text(h) + " query " + count_text(i) + " channel " + count_text(d) +
                 ": got " + number_text("%.9g", got) + ", want " + number_text("%.9g", w.value) +
                 ", allowed " + number_text("%.3g", w.error);
      }
  return {};
}
inline std::string row_misses(const std::vector<float>& got, const expectation& want) {
  for (index_t i = 0; i < index_t(got.size()); ++i)
    if (const approx w = want(i / want.cols(), i % want.cols()); !is_near(double(got[std::size_t(i)]), w))
      return "row " + count_text(i) + ": got " + number_text("%.9g", double(got[std::size_t(i)])) +
             ", want " + number_text("%.9g", w.value) + ", allowed " + number_text("%.3g", w.error);
  return {};
}

/// Q, K, V and an output of one shape, filled.
template <class T, class Out = T>
struct attention_case {
  attention_shape n;
  tensor<T> q, k, v;
  tensor<Out> out;
  std::vector<float> lse;

  explicit attention_case(attention_shape s, std::uint64_t seed = 1, index_t layout = 0)
      : n(s),
        q(s.heads, s.nq, s.dim, layout),
        k(s.kv_heads, s.nk, s.dim, layout),
        v(s.kv_heads, s.nk, s.dim, layout),
        out(s.heads, s.nq, s.dim, layout),
        lse(std::size_t(s.heads * s.nq), 7.0f) {
    q.fill(3 * seed, 3), k.fill(3 * seed + 1, 3), v.fill(3 * seed + 2, 1);
  }
  head_view<const T> Q() const { return q.view(); }
  head_view<const T> K() const { return k.view(); }
  head_view<const T> V() const { return v.view(); }
};

/// Same numbers, bit for bit (no NaN expected).
template <class T>
bool same(const head_view<T>& a, const head_view<T>& b) {
  for (index_t h = 0; h < a.heads(); ++h)
    for (index_t i = 0; i < a.tokens(); ++i)
      for (index_t d = 0; d < a.dim(); ++d)
        if (float(a.row(h, i)[d]) != float(b.row(h, i)[d])) return false;
  return true;
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
