// SPDX-License-Identifier: BSL-1.0
//
// Token elimination (LeMo): a block of 64 tokens whose keys no query block wants is dropped from a layer, and goes by.
//
//   score(query block, key block) = max over the pair of the mean over heads of max(0, q.k)
//   informativeness of a block    = sum of its column             kept where it reaches the layer's threshold
//
// Blocks are neighbouring rows, so gather_gemm multiplies them where they lie: nothing is copied.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <lacuna/lacuna.hpp>
#include <random>
#include <vector>

using namespace lacuna;

namespace {

constexpr index_t tokens = 512, dim = 64, hidden = 160, heads = 4, head_dim = dim / heads, side = 64;
constexpr index_t blocks = tokens / side;

matrix<float> random_rows(index_t rows, index_t cols, unsigned seed, float size) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, size);
  matrix<float> x(rows, cols);
  std::generate_n(x.data(), rows * cols, [&] { return normal(random); });
  return x;
}

/// A trained predictor estimates this from two small networks; here it is computed.
std::vector<float> informativeness(const matrix<float>& q, const matrix<float>& k) {
  std::vector<float> sum(blocks);
  for (index_t i = 0; i < blocks; ++i)
    for (index_t j = 0; j < blocks; ++j) {
      float best = 0;
      for (index_t a = i * side; a < (i + 1) * side; ++a)
        for (index_t b = j * side; b < (j + 1) * side; ++b) {
          float mean = 0;
          for (index_t h = 0; h < heads; ++h) {
            float s = 0;
            for (index_t d = 0; d < head_dim; ++d) s += q(a, h * head_dim + d) * k(b, h * head_dim + d);
            mean += std::max(0.0f, s) / heads;
          }
          best = std::max(best, mean);
        }
      sum[static_cast<std::size_t>(j)] += best;
    }
  return sum;
}

}  // namespace

int main() {
  auto x = random_rows(tokens, dim, 1, 1);
  for (index_t t = 0; t < tokens; ++t)  // every third block says little
    if (t / side % 3 == 1)
      for (index_t d = 0; d < dim; ++d) x(t, d) *= 0.1f;
  const auto wq = pack(encode<dense, float>(random_rows(dim, dim, 2, 0.1f)));
  const auto wk = pack(encode<dense, float>(random_rows(dim, dim, 3, 0.1f)));
  const auto up = pack(encode<bitmap, float>(random_rows(hidden, dim, 4, 0.1f)));
  const auto down = pack(encode<bitmap, float>(random_rows(dim, hidden, 5, 0.1f)));
  matrix<float> q(tokens, dim), k(tokens, dim);
  linear(wq, x, q), linear(wk, x, k);

  const auto worth = informativeness(q, k);
  float threshold = 0;  // a layer starts with the mean of its blocks
  for (const float w : worth) threshold += w / blocks;
  std::vector<index_t> kept;
  for (index_t t = 0; t < tokens; ++t)
    if (worth[static_cast<std::size_t>(t / side)] >= threshold) kept.push_back(t);
  const auto n = static_cast<index_t>(kept.size());

  const auto before = x;
  matrix<float> inner(n, hidden);  // activations of the kept tokens only: what a backward pass must hold
  gather_gemm(up, x, kept, inner, every_row{}, epilogue::relu{});
  gather_gemm(down, inner, every_row{}, x, kept, epilogue::accumulate{});

  matrix<float> whole = before, all(tokens, hidden);  // the same without dropping
  linear(up, before, all, epilogue::relu{});
  linear(down, all, whole, epilogue::accumulate{});
  bool good = n > 0 && n < tokens;
  for (index_t t = 0; t < tokens; ++t) {
    const bool keep = std::binary_search(kept.begin(), kept.end(), t);
    for (index_t d = 0; d < dim; ++d)
      good = good && (keep ? std::abs(x(t, d) - whole(t, d)) < 1e-5f : x(t, d) == before(t, d));
  }
  std::printf("%td of %td tokens kept: %.2f of the activations; dropped rows %s\n", n, tokens,
              static_cast<double>(n) / tokens, good ? "are as they were" : "CHANGED");
  return good ? 0 : 1;
}
