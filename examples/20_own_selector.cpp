// SPDX-License-Identifier: BSL-1.0
//
// A selector of your own: any value that ors tokens into a set, alone or among the library's. And a scorer of your own: one
// number for each unit of tokens, from which top_k chooses.
#include <cmath>
#include <cstdio>
#include <lacuna/attention.hpp>
#include <lacuna/attention/select/every.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <random>

using namespace lacuna;

namespace {

/// Every `stride`-th token: the plainest selector there is.
struct strided {
  static constexpr bool per_query = false;  // one list for each KV head
  index_t stride = 8;
  template <class A, kv_source Source>
  void choose(A, const select_head<Source>& head, const token_set& to, select_scratch&) const {
    for (index_t t = 0; t < head.body.tokens; t += stride) add_range(to, t, t + 1);
  }
};

/// Units of 16 tokens by the length of their mean key, whatever the query is.
struct longest_mean {
  using reduction = reduce::max;
  template <class A, kv_source Source>
  unit_scores units(A arch, const select_head<Source>& head, select_scratch& scratch) const {
    const summary::view v = head.source.template summary<summary::mean>(head.at.head);
    for (index_t u = 0; u < v.count(); ++u) {
      float mean[most_head_dim], sum = 0;
      const auto tile = static_cast<std::uint32_t>(u / tile_units);
      summary::mean::key().get(arch, v.units.key(tile), static_cast<int>(u % tile_units), mean,
                               v.units.shape);
      for (int d = 0; d < v.units.shape.head_dim; ++d) sum += mean[d] * mean[d];
      scratch.scores[u] = sum;
    }
    return {scratch.scores, v.count(), v.windows.stride};
  }
};

matrix<float> random_rows(index_t rows, index_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j) x(i, j) = normal(random);
  return x;
}

}  // namespace

int main() {
  constexpr index_t kv_heads = 2, query_heads = 8, tokens = 1000;
  constexpr int dim = 64;
  kv_cache<bf16, bf16, summary::mean> cache(
      {.kv_heads = kv_heads, .head_dim = dim, .page = 64, .max_bytes = 4 << 20}, summary::mean{.unit = 16});
  cache.append(random_rows(tokens, kv_heads * dim, 1), random_rows(tokens, kv_heads * dim, 2));
  const auto q = random_rows(query_heads, dim, 3);
  matrix<float> out(query_heads, dim), dense(query_heads, dim);
  decode(q, cache, dense);

  const auto report = [&](const char* name, const auto& selector) {
    decode(q, cache, out, selector);
    const auto lists = choose(q, cache, selector);
    index_t kept = 0;
    for (const page_ref& r : lists.refs) kept += __builtin_popcountll(r.tokens);
    double off = 0;
    for (index_t i = 0; i < query_heads; ++i)
      for (index_t d = 0; d < dim; ++d) off = std::fmax(off, std::fabs(double(out(i, d)) - dense(i, d)));
    std::printf("%-34s %4td of %td tokens, off by at most %.3f\n", name, kept, kv_heads * tokens, off);
    return kept;
  };
  const auto by_length = select::top_k<longest_mean>{.budget = 256, .grain = 16};
  bool good = report("strided", strided{}) == kv_heads * 125;
  good =
      report("strided and the last 64", select::unite{strided{}, select::ends{.sinks = 0, .window = 64}}) ==
          kv_heads * (125 + 64 - 8) &&
      good;
  good = report("256 tokens by length of means", by_length) <= kv_heads * 256 && good;
  good = report("every token", strided{.stride = 1}) == kv_heads * tokens && good;
  return good ? 0 : 1;
}
