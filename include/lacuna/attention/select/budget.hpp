#pragma once
// SPDX-License-Identifier: BSL-1.0
// How many tokens a selector may name: a number, or a plain function of the place.
//
//   select::top_k<estimate::box_bound<>>{.budget = 4096}
//   select::top_k<estimate::box_bound<>, pool::up, budget::share>{.budget = {.of = 0.1, .least = 512}}
//   ... [](const select_place& at) { return at.layer < 2 ? at.tokens : 1024; }
#include <lacuna/attention/select/place.hpp>

namespace lacuna {

/// A number of tokens, or f(place).
template <class B>
concept select_budget = std::convertible_to<B, index_t> || requires(const B& b, const select_place& at) {
  { b(at) } -> std::convertible_to<index_t>;
};

template <select_budget B>
LACUNA_INLINE index_t budget_at(const B& b, const select_place& at) {
  if constexpr (std::convertible_to<B, index_t>)
    return b;
  else
    return b(at);
}

namespace budget {

/// A share of the tokens there are.
struct share {
  double of = 0.1;
  index_t least = 0;
  LACUNA_INLINE index_t operator()(const select_place& at) const {
    const auto n = static_cast<index_t>(of * static_cast<double>(at.tokens));
    return n < least ? least : n;
  }
};
/// Falls from layer to layer along a line, `mean` tokens on average (PyramidKV: from 2 mean - mean / 20 in the first
/// layer down to mean / 20 in the last).
struct pyramid {
  index_t mean = 1024, layers = 32, beta = 20;
  LACUNA_INLINE index_t operator()(const select_place& at) const {
    const index_t last = mean / beta, first = 2 * mean - last;
    return layers < 2 || at.layer < 0
               ? mean
               : first - (first - last) * (at.layer < layers ? at.layer : layers - 1) / (layers - 1);
  }
};
/// A number for each KV head, [layer][head] or [head]; borrowed. (Ada-KV's and UNComp's allocations.)
struct by_head {
  array_view<const index_t> tokens{};
  index_t kv_heads = 8;
  LACUNA_INLINE index_t operator()(const select_place& at) const {
    const index_t i = (at.layer < 0 ? 0 : at.layer) * kv_heads + at.head;
    return tokens[i < tokens.size() ? i : at.head];
  }
};
/// alpha + beta N tokens: MoA's elastic span.
struct elastic {
  index_t alpha = 0;
  double beta = 0.5;
  LACUNA_INLINE index_t operator()(const select_place& at) const {
    const auto n = alpha + static_cast<index_t>(beta * static_cast<double>(at.tokens));
    return n < 0 ? 0 : n;
  }
};

}  // namespace budget
}  // namespace lacuna
