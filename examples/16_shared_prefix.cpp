// SPDX-License-Identifier: BSL-1.0
// Many conversations with one system prompt: its cache is kept once, and attended once for all of them.
//
//   state(prefix, all queries)  +  state(own tokens, queries of one)  =  state of both       merge, then finish
#include <cmath>
#include <cstdio>
#include <lacuna/attention.hpp>
#include <random>

using namespace lacuna;

namespace {

constexpr index_t kv_heads = 2, query_heads = 4, users = 3, prompt = 700, own = 40;
constexpr int dim = 64;

matrix<float> random_rows(index_t rows, index_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j) x(i, j) = normal(random);
  return x;
}

kv_cache<bf16> empty_cache() {
  return kv_cache<bf16>{{.kv_heads = kv_heads, .head_dim = dim, .page = 64, .max_bytes = 4 << 20}};
}

}  // namespace

int main() {
  auto prefix = empty_cache();
  prefix.append(random_rows(prompt, kv_heads * dim, 1), random_rows(prompt, kv_heads * dim, 2));

  double worst = 0;
  for (unsigned u = 0; u < users; ++u) {
    const auto k = random_rows(own, kv_heads * dim, 10 + u), v = random_rows(own, kv_heads * dim, 20 + u);
    const auto q = random_rows(query_heads, dim, 30 + u);
    auto tail = empty_cache();
    tail.append(k, v);
    auto s = decode_state(q, prefix);
    merge(s, decode_state(q, tail));
    matrix<float> merged(query_heads, dim), whole(query_heads, dim);
    finish(s, merged);

    auto both = empty_cache();  // the same without sharing
    both.append(random_rows(prompt, kv_heads * dim, 1), random_rows(prompt, kv_heads * dim, 2));
    both.append(k, v);
    decode(q, both, whole);
    for (index_t i = 0; i < query_heads; ++i)
      for (index_t d = 0; d < dim; ++d) worst = std::fmax(worst, std::fabs(merged(i, d) - whole(i, d)));
  }
  std::printf("%td users of one prompt: merged and whole differ by at most %.1e\n", users, worst);
  return worst < 1e-5 ? 0 : 1;
}
