#pragma once
// SPDX-License-Identifier: BSL-1.0
// How well the model foretells a text: the mean of -ln p(token), nll, and its exponential, the perplexity.
//
//   text -> tokens -> windows of context - 1 tokens, the last one shorter; each is read as begin_token + window, and each
//   of its tokens is foretold from those before it in its window
#include <functional>

#include "model.hpp"

namespace story {

struct perplexity_sum {
  double nll = 0;  // the sum
  index_t tokens = 0, windows = 0;

  double mean() const { return nll / static_cast<double>(tokens); }
};

/// Of the first `windows` windows, of all when there are fewer. progress(so far, of how many windows) after each.
perplexity_sum perplexity(model& m, const threads& where, array_view<const int> tokens, index_t context,
                          index_t windows,
                          const std::function<void(const perplexity_sum&, index_t)>& progress = {});

}  // namespace story
