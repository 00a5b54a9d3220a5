#pragma once
// SPDX-License-Identifier: BSL-1.0
// Seeded normal numbers: the tokens that `advise` multiplies with, and weights for those who have only a
// pattern.
#include <cmath>
#include <cstdint>
#include <lacuna/core/matrix.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// Mean 0, variance 1: Box-Muller on splitmix64. The same seed gives the same numbers, up to the last bit of
/// libm.
class normal_source {
 public:
  explicit normal_source(std::uint64_t seed) : state_(seed) {}

  float next() {
    if (spare_ready_) {
      spare_ready_ = false;
      return spare_;
    }
    const std::uint64_t bits = next_bits();
    const float u = (static_cast<float>(bits >> 40) + 0.5f) * 0x1p-24f;  // in (0, 1)
    const float turn = static_cast<float>(bits & 0xffffff) * (0x1p-24f * 6.2831853f);
    const float radius = std::sqrt(-2 * std::log(u));
    spare_ = radius * std::sin(turn);
    spare_ready_ = true;
    return radius * std::cos(turn);
  }

 private:
  std::uint64_t next_bits() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
  float spare_ = 0;
  bool spare_ready_ = false;
};

/// A rows x cols matrix of them.
inline matrix<float> normal_matrix(index_t rows, index_t cols, std::uint64_t seed) {
  matrix<float> m(rows, cols);
  normal_source random(seed);
  for (index_t i = 0; i < rows * cols; ++i) m.data()[i] = random.next();
  return m;
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
