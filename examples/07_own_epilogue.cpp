// SPDX-License-Identifier: BSL-1.0
//
// What happens to a finished sum is a chain of stages; a lambda or a struct of yours is one.
#include <algorithm>
#include <cstdio>
#include <lacuna/ops.hpp>
#include <lacuna/prune.hpp>
#include <vector>

// A gain for each output feature. `check` runs once, before the loops, and refuses a wrong size at the door.
struct gain {
  const std::vector<float>& g;
  float operator()(float v, lacuna::index_t m, lacuna::index_t) const {
    return v * g[static_cast<std::size_t>(m)];
  }
  void check(lacuna::index_t rows, lacuna::index_t) const {
    if (static_cast<lacuna::index_t>(g.size()) != rows)
      lacuna::fail(lacuna::errc::shape, "gain: need one factor for each of " + std::to_string(rows) +
                                            " rows of A; got " + std::to_string(g.size()));
  }
};

int main() {
  // Small integers, so that every sum is exact.
  lacuna::matrix<float> w(64, 128), x(4, 128), plain(4, 64), y(4, 64);
  for (lacuna::index_t i = 0; i < w.rows() * w.cols(); ++i) w.data()[i] = static_cast<float>(i * 7 % 11 - 5);
  for (lacuna::index_t i = 0; i < x.rows() * x.cols(); ++i) x.data()[i] = static_cast<float>(i * 5 % 7 - 3);
  const auto a = lacuna::sparsify<lacuna::nm<2, 4>, float>(w);
  const std::vector<float> factors(64, 0.5f);

  const auto at_most_6 = [](float v, lacuna::index_t, lacuna::index_t) { return std::min(v, 6.0f); };
  using lacuna::epilogue::operator|;  // found by itself as soon as one stage of a pair is lacuna's
  lacuna::linear(a, x, plain);
  lacuna::linear(a, x, y, gain{factors} | lacuna::epilogue::relu{} | at_most_6);

  bool ok = true;
  for (lacuna::index_t t = 0; t < y.rows(); ++t)
    for (lacuna::index_t m = 0; m < y.cols(); ++m)
      ok = ok && y(t, m) == std::clamp(plain(t, m) * 0.5f, 0.0f, 6.0f);
  for (lacuna::index_t m = 0; m < 5; ++m) std::printf("%g becomes %g\n", plain(0, m), y(0, m));

  const std::vector<float> too_few(63, 1.0f);
  try {
    lacuna::linear(a, x, y, gain{too_few} | at_most_6);
    ok = false;
  } catch (const lacuna::error& e) {
    std::printf("refused: %s\n", e.what());
  }
  return ok ? 0 : 1;
}
