// SPDX-License-Identifier: BSL-1.0
#include "sampler.hpp"

#include <algorithm>
#include <cmath>

namespace story {

int sampler::choose(lacuna::array_view<const float> logits) {
  const float* const largest = std::max_element(logits.begin(), logits.end());
  if (temperature_ == 0) return static_cast<int>(largest - logits.begin());
  sums_.clear();
  double sum = 0;
  for (const float y : logits) {
    sum += std::exp((static_cast<double>(y) - static_cast<double>(*largest)) / temperature_);
    sums_.push_back(sum);
  }
  const double at = static_cast<double>(bits_() >> 11) * 0x1p-53 * sum;
  const auto found = std::upper_bound(sums_.begin(), sums_.end(), at);
  return static_cast<int>(std::min<std::ptrdiff_t>(found - sums_.begin(), logits.size() - 1));
}

}  // namespace story
