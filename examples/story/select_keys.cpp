// SPDX-License-Identifier: BSL-1.0
#include <lacuna/attention/estimate/exact.hpp>
#include <lacuna/attention/systems/duo_attention.hpp>
#include <lacuna/attention/systems/streaming_llm.hpp>

#include "select_as.hpp"

using namespace lacuna;

namespace story {

kv_pointer make_exact(const select_form& f, const cache_shape& s, kv_options o) {
  return selected(f, s, o, [](index_t budget) {
    return select::top_k<estimate::exact<reduce::per_head>>{.budget = budget, .recent = 0, .grain = 1};
  });
}
kv_pointer make_streaming(const select_form& f, const cache_shape& s, kv_options o) {
  return selected(f, s, o, [](index_t budget) {
    const index_t sinks = std::min<index_t>(4, budget / 2);
    return streaming_llm{.sinks = sinks, .window = budget - sinks}.parts();
  });
}

}  // namespace story
