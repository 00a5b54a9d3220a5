// SPDX-License-Identifier: BSL-1.0
//
// Token skipping (FTP): before each block a router scores every token; the best ones are computed, the others go by.
//
//   x[kept] += wo attention(wq n, wk n, wv n)        gather_gemm reads and writes the rows where they are
//
// Keys and values of skipped tokens: computed all the same, or left out of this layer (`kv`). The first and the last tokens
// are always computed. A real router is learned; this one has made up weights.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <lacuna/lacuna.hpp>
#include <numeric>
#include <random>
#include <vector>

using namespace lacuna;

namespace {

enum class kv_for_skipped { compute, omit };
constexpr index_t tokens = 300, dim = 64, heads = 4, head_dim = dim / heads, guarded = 4;

matrix<float> random_rows(index_t rows, index_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.125f);
  matrix<float> x(rows, cols);
  std::generate_n(x.data(), rows * cols, [&] { return normal(random); });
  return x;
}

/// Exactly (1 - sparsity) * tokens rows, ascending: two layers on (position, attention, its rank, sparsity).
std::vector<index_t> route(const std::vector<float>& attention, double sparsity) {
  const auto w1 = random_rows(8, 4, 1), w2 = random_rows(1, 8, 2);
  std::vector<float> score(tokens);
  for (index_t t = 0; t < tokens; ++t) {
    const auto i = static_cast<std::size_t>(t);
    const auto rank =
        std::count_if(attention.begin(), attention.end(), [&](float a) { return a > attention[i]; });
    const float f[] = {float(t) / tokens, attention[i], float(rank) / tokens, float(sparsity)};
    for (index_t h = 0; h < 8; ++h)
      score[i] += w2(0, h) * std::max(0.0f, std::inner_product(f, f + 4, &w1(h, 0), 0.0f));
    if (t < guarded || t >= tokens - guarded) score[i] = 1e30f;
  }
  std::vector<index_t> rows(tokens);
  std::iota(rows.begin(), rows.end(), index_t{0});
  const auto of = [&](index_t t) { return score[static_cast<std::size_t>(t)]; };
  std::stable_sort(rows.begin(), rows.end(), [&](index_t a, index_t b) { return of(a) > of(b); });
  rows.resize(static_cast<std::size_t>(std::lround((1 - sparsity) * tokens)));
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Query i stands at token rows[i].
struct rows_before {
  const std::vector<index_t>* rows;
  index_t at(index_t i) const { return (*rows)[static_cast<std::size_t>(i)]; }
  mask::cover covers(const mask::tile& t) const {
    return t.k0 > at(t.q1 - 1)    ? mask::cover::absent
           : t.k1 <= at(t.q0) + 1 ? mask::cover::full
                                  : mask::cover::partial;
  }
  std::uint64_t row(index_t q, index_t k0) const { return mask::first_bits(at(q) + 1 - k0); }
};

/// x[rows] += attention block of those tokens.
void block(matrix<float>& x, const std::vector<index_t>& rows, kv_for_skipped kv) {
  const auto n = static_cast<index_t>(rows.size());
  const auto weight = [](unsigned seed) { return pack(encode<bitmap, float>(random_rows(dim, dim, seed))); };
  const auto wq = weight(3), wk = weight(4), wv = weight(5), wo = weight(6);
  const bool all = kv == kv_for_skipped::compute;
  matrix<float> q(n, dim), k(all ? tokens : n, dim), v(all ? tokens : n, dim), out(n, dim);
  const auto view = [](auto& m) { return head_view(m.data(), heads, m.rows(), head_dim, head_dim, dim); };
  gather_gemm(wq, x, rows, q, every_row{});
  if (all) {
    linear(wk, x, k), linear(wv, x, v);
    prefill(view(q), view(k), view(v), view(out), rows_before{&rows}, prefill_options<>{.offset = 0});
  } else {
    gather_gemm(wk, x, rows, k, every_row{}), gather_gemm(wv, x, rows, v, every_row{});
    prefill(view(q), view(k), view(v), view(out), mask::causal{});  // kept tokens in their order
  }
  gather_gemm(wo, out, every_row{}, x, rows, epilogue::accumulate{});
}

}  // namespace

int main() {
  const auto before = random_rows(tokens, dim, 7);
  std::vector<float> attention(tokens);
  for (index_t t = 0; t < tokens; ++t) attention[static_cast<std::size_t>(t)] = std::abs(before(t, 0));
  bool good = true;
  for (const auto kv : {kv_for_skipped::compute, kv_for_skipped::omit})
    for (const double sparsity : {0.0, 0.4, 1.0}) {
      const auto rows = route(attention, sparsity);
      auto x = before;
      block(x, rows, kv);
      index_t changed = 0;
      for (index_t t = 0; t < tokens; ++t) changed += !std::equal(&x(t, 0), &x(t, 0) + dim, &before(t, 0));
      std::printf("%s, sparsity %.1f: %td tokens computed, %td changed\n",
                  kv == kv_for_skipped::compute ? "all keys" : "kept keys", sparsity, rows.size(), changed);
      good = good && changed == static_cast<index_t>(rows.size());
    }
  return good ? 0 : 1;
}
