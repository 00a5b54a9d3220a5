// SPDX-License-Identifier: BSL-1.0
// A pruned KV cache, decoded as it is stored: bytes and error of the codecs beside each other.
//
//   kv_cache<pruned<bf16>>   exactly `keep` values of each token, under a bitmap (Mustafar); the last tokens dense
#include <cmath>
#include <cstdio>
#include <lacuna/attention.hpp>
#include <random>

using namespace lacuna;

namespace {

constexpr index_t tokens = 1500, kv_heads = 2, query_heads = 8;
constexpr int dim = 128;

matrix<float> random_rows(index_t rows, index_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j) x(i, j) = normal(random);
  return x;
}

/// Bytes of one page of a head, keys and values.
template <class Cache>
std::size_t page_bytes(const Cache& c) {
  return key_bytes(c.key(), c.shape()) + value_bytes(c.value(), c.shape());
}

template <class Key, class Value = Key>
matrix<float> attend(const char* name, const matrix<float>* exact, index_t keep = 0) {
  kv_cache<Key, Value> cache{
      {.kv_heads = kv_heads, .head_dim = dim, .page = 64, .max_bytes = 16 << 20, .keep = keep}};
  cache.append(random_rows(tokens, kv_heads * dim, 1), random_rows(tokens, kv_heads * dim, 2));
  const auto q = random_rows(query_heads, dim, 3);
  matrix<float> out(query_heads, dim);
  decode(q, cache, out);
  double error = 0, size = 0;
  for (index_t i = 0; exact != nullptr && i < query_heads; ++i)
    for (index_t d = 0; d < dim; ++d) {
      error += std::pow(out(i, d) - (*exact)(i, d), 2);
      size += std::pow((*exact)(i, d), 2);
    }
  std::printf("%-28s %4zu bytes a token and head", name, page_bytes(cache) / 64);
  if (exact != nullptr) std::printf(", error %.1f %% of the output", 100 * std::sqrt(error / size));
  std::printf("\n");
  return out;
}

}  // namespace

int main() {
  const auto exact = attend<float>("float", nullptr);
  attend<bf16>("bf16", &exact);
  attend<int8<>>("int8<>", &exact);
  attend<channelwise<int4<32>>, int4<32>>("channelwise int4, int4", &exact);
  attend<pruned<bf16>>("pruned<bf16>, keep 90", &exact, 90);
  attend<pruned<bf16>>("pruned<bf16>, keep 64", &exact, 64);
  attend<pruned<int8<>>>("pruned<int8<>>, keep 64", &exact, 64);
  attend<pruned<bf16, nm<2, 4>>>("pruned<bf16, nm<2, 4>>", &exact);
}
