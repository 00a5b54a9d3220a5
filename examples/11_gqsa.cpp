// SPDX-License-Identifier: BSL-1.0
//
// A gated feed-forward layer in less than 4 bits a weight, as GQSA does it (arXiv 2412.17560): groups of 16 weights go where the
// tokens of a calibration run miss them least, what stays makes up for them, and so do 4-bit codes and their scales.
#include <cmath>
#include <cstdio>
#include <lacuna/lacuna.hpp>
#include <random>

namespace {

using layer = lacuna::sparse_matrix<lacuna::bsr<1, 16>, lacuna::int4<16>>;

lacuna::matrix<float> normal(lacuna::index_t rows, lacuna::index_t cols, unsigned seed) {
  lacuna::matrix<float> m(rows, cols);
  std::mt19937 bits(seed);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < rows * cols; ++i) m.data()[i] = value(bits);
  return m;
}

/// Features that depend on each other, as those of a network do: 192 of 64 causes.
lacuna::matrix<float> tokens(lacuna::index_t count, unsigned seed) {
  lacuna::matrix<float> x(count, 192);
  lacuna::linear(lacuna::encode<lacuna::dense, float>(normal(192, 64, 9)), normal(count, 64, seed), x);
  return x;
}

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

layer compressed(const lacuna::matrix<float>& w, const lacuna::matrix<float>& h) {
  const auto d = lacuna::inverse_diagonal(h);
  const auto kept = lacuna::prune(w, lacuna::keep::blocks_per_row<1, 16>{0.5}, lacuna::score::obs{d});
  auto a = lacuna::encode<lacuna::bsr<1, 16>, lacuna::int4<16>>(lacuna::refine(w, kept, h), kept);
  lacuna::refine(a, w, h);
  return a;
}

layer by_magnitude(const lacuna::matrix<float>& w) {
  return lacuna::sparsify<lacuna::bsr<1, 16>, lacuna::int4<16>>(w, lacuna::keep::blocks_per_row<1, 16>{0.5});
}

}  // namespace

int main() {
  const auto gate = normal(256, 192, 1), up = normal(256, 192, 2);
  const auto seen = tokens(512, 3), x = tokens(8, 4);  // calibration, and other tokens
  const auto h = lacuna::activation_hessian(seen);

  lacuna::matrix<float> y(8, 256), plain(8, 256), want(8, 256);
  const auto xq = lacuna::quantize<lacuna::int8>(x);
  const auto a = compressed(gate, h), b = compressed(up, h);
  lacuna::swiglu(a, b, xq, y);  // silu(gate x) * (up x)
  lacuna::swiglu(by_magnitude(gate), by_magnitude(up), xq, plain);
  const auto whole = [](const auto& w) { return lacuna::encode<lacuna::dense, float>(w); };
  lacuna::swiglu(whole(gate), whole(up), x, want);

  const double ours = error_of(y, want), bare = error_of(plain, want);
  std::printf(
      "%.2f bits a weight; error of the layer %.3f, by magnitude alone %.3f\n",
      static_cast<double>(lacuna::stored_bytes(a)) * 8 / static_cast<double>(gate.rows() * gate.cols()), ours,
      bare);
  return ours < bare / 2 ? 0 : 1;
}
