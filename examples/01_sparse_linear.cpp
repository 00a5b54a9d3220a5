// SPDX-License-Identifier: BSL-1.0
//
// A sparse linear layer in three steps: choose what stays, store it, multiply.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <lacuna/lacuna.hpp>
#include <random>
#include <vector>

namespace {

lacuna::matrix<float> normal(lacuna::index_t rows, lacuna::index_t cols, unsigned seed) {
  lacuna::matrix<float> m(rows, cols);
  std::mt19937 bits(seed);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < rows * cols; ++i) m.data()[i] = value(bits);
  return m;
}

// What the layer should give for one feature of one token, in double.
double expected(const lacuna::sparse_view<lacuna::bitmap, lacuna::bf16>& a, float bias, const float* token,
                lacuna::index_t feature) {
  double sum = bias;
  a.visit_row(feature, [&](lacuna::index_t k, float v) { sum += static_cast<double>(v) * token[k]; });
  return sum / (1 + std::exp(-sum));
}

}  // namespace

int main() {
  // The first matrix of an MLP of BERT-base: 768 features in, 3072 out; 8 tokens.
  const auto w = normal(3072, 768, 1), x = normal(8, 768, 2);
  const std::vector<float> b(3072, 0.5f);

  // w is 3072 x 768 as nn.Linear stores it, x holds 8 tokens of 768 features, b one bias for each row of w.
  const auto kept = lacuna::prune(w, lacuna::keep::per_row{0.3});        // a mask: 30 % of every row stay
  const auto a = lacuna::encode<lacuna::bitmap, lacuna::bf16>(w, kept);  // where x how: one type

  lacuna::matrix<float> y(8, 3072);
  lacuna::linear(a, x, y, lacuna::epilogue::bias{b} | lacuna::epilogue::silu{});  // y = silu(x a^T + b)

  const double dense_bytes = 4.0 * 3072 * 768;
  std::printf("%td x %td, %td stored: %.2f MB instead of %.2f MB\n", a.rows(), a.cols(), a.nnz(),
              static_cast<double>(lacuna::stored_bytes(a)) * 1e-6, dense_bytes * 1e-6);

  double worst = 0;
  for (lacuna::index_t t = 0; t < y.rows(); ++t)
    for (lacuna::index_t m = 0; m < y.cols(); ++m)
      worst = std::max(worst, std::abs(y(t, m) - expected(a, b[static_cast<std::size_t>(m)], &x(t, 0), m)));
  std::printf("largest error of %td outputs of about 15: %.1e\n", y.rows() * y.cols(), worst);
  // Sums of 230 products of about 1: 230 x 2^-24 x 230 bounds their rounding.
  return worst < 230 * 0x1p-24 * 230 ? 0 : 1;
}
