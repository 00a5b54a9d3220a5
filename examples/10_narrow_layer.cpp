// SPDX-License-Identifier: BSL-1.0
//
// Sparsity on top of 4 bits: a 2:4 layer in 3.25 bits a weight, with tokens as floats or as 8-bit integers.
#include <cmath>
#include <cstdio>
#include <lacuna/lacuna.hpp>
#include <random>

namespace {
/// Root mean square of a - b against that of b.
double error_of(const lacuna::matrix<float>& a, const lacuna::matrix<float>& b) {
  double differs = 0, all = 0;
  for (lacuna::index_t i = 0; i < a.rows() * a.cols(); ++i) {
    const double d = static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]);
    differs += d * d;
    all += static_cast<double>(b.data()[i]) * static_cast<double>(b.data()[i]);
  }
  return std::sqrt(differs / all);
}
}  // namespace

int main() {
  lacuna::matrix<float> w(1024, 768), x(8, 768);
  std::mt19937 bits(1);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < w.rows() * w.cols(); ++i) w.data()[i] = value(bits);
  for (lacuna::index_t i = 0; i < x.rows() * x.cols(); ++i) x.data()[i] = value(bits);

  const auto kept = lacuna::prune(w, lacuna::keep::groups<lacuna::nm<2, 4>>{});
  const auto a = lacuna::encode<lacuna::nm<2, 4>, lacuna::int4<64>>(w, kept, lacuna::fit::clipped{});
  const auto p = lacuna::pack(a);  // the same codes and scales in panels

  lacuna::matrix<float> y(8, 1024), exact(8, 1024), pruned(8, 1024);
  const auto xq = lacuna::quantize<lacuna::int8>(x);  // a code for each value, a scale for each token
  lacuna::linear(p, xq, y);                           // the integer product
  lacuna::linear(p, x, exact);                        // floats times the same weights
  lacuna::linear(lacuna::encode<lacuna::nm<2, 4>, float>(w, kept), x, pruned);

  const double weights = static_cast<double>(w.rows() * w.cols());
  const double tokens = error_of(y, exact), codes = error_of(exact, pruned);
  std::printf("%.2f bits a weight; error of 8-bit tokens %.4f, of 4-bit weights %.4f\n",
              static_cast<double>(lacuna::stored_bytes(p)) * 8 / weights, tokens, codes);
  return tokens < 0.02 && codes < 0.2 ? 0 : 1;
}
