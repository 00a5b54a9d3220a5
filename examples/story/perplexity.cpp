// SPDX-License-Identifier: BSL-1.0
#include "perplexity.hpp"

#include <algorithm>
#include <cmath>

#include "tokenizer.hpp"

namespace story {
namespace {

/// -ln softmax(logits)[token]
double surprise(array_view<const float> logits, int token) {
  const double most = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (const float y : logits) sum += std::exp(static_cast<double>(y) - most);
  return most + std::log(sum) - static_cast<double>(logits[token]);
}

}  // namespace

perplexity_sum perplexity(model& m, const threads& where, array_view<const int> tokens, index_t context,
                          index_t windows,
                          const std::function<void(const perplexity_sum&, index_t)>& progress) {
  const index_t length = context - 1, all = std::min(windows, (tokens.size() + length - 1) / length);
  perplexity_sum sum;
  for (index_t w = 0; w < all; ++w) {
    const index_t first = w * length, n = std::min(length, tokens.size() - first);
    std::vector<int> fed{begin_token};
    fed.insert(fed.end(), tokens.begin() + first, tokens.begin() + first + n - 1);
    m.clear();
    m.read(where, fed, n, [&](index_t t, array_view<const float> logits) {
      sum.nll += surprise(logits, tokens[first + t]);
      ++sum.tokens;
    });
    ++sum.windows;
    if (progress) progress(sum, all);
  }
  return sum;
}

}  // namespace story
