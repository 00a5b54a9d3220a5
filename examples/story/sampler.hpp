#pragma once
// SPDX-License-Identifier: BSL-1.0
// Chooses a token by its logits: the largest at temperature 0 (the lower id of two), else at random, by
// softmax(logits / temperature).
#include <cstdint>
#include <lacuna/core/aligned.hpp>
#include <random>
#include <vector>

namespace story {

class sampler {
 public:
  /// The same seed gives the same story.
  explicit sampler(double temperature, std::uint64_t seed = 1) : temperature_(temperature), bits_(seed) {}
  int choose(lacuna::array_view<const float> logits);

 private:
  double temperature_;
  std::mt19937_64 bits_;
  std::vector<double> sums_;
};

}  // namespace story
