// SPDX-License-Identifier: BSL-1.0
#include <lacuna/attention/estimate/softmax.hpp>
#include <lacuna/kv/summary/channels.hpp>
#include <lacuna/kv/summary/mean.hpp>

#include "select_as.hpp"

using namespace lacuna;

namespace story {

kv_pointer make_kinetics(const select_form& f, const cache_shape& s, kv_options o) {
  return selected(
      f, s, o,
      [f](index_t budget) {
        return select::top_k<estimate::dot<summary::mean, reduce::mean>>{.budget = budget, .grain = f.page};
      },
      summary::mean{.unit = f.page});
}
/// Windows of half a block every quarter of one, as its own of 32 every 16 tokens for blocks of 64.
kv_pointer make_infllm(const select_form& f, const cache_shape& s, kv_options o) {
  return selected(
      f, s, o,
      [f](index_t budget) {
        return select::top_k<estimate::softmax<summary::mean>, pool::overlap>{
            .budget = budget, .sinks = 1, .recent = 2, .grain = f.page};
      },
      summary::mean{.unit = (f.page + 1) / 2, .stride = (f.page + 3) / 4});
}
/// Half of the channels as labels, the first ones: those that turn fastest.
kv_pointer make_double_sparsity(const select_form& f, const cache_shape& s, kv_options o) {
  return selected(
      f, s, o,
      [](index_t budget) {
        return select::top_k<estimate::dot<summary::channels, reduce::per_head>>{.budget = budget,
                                                                                 .grain = 1};
      },
      summary::channels{.count = static_cast<int>((s.head_size + 1) / 2), .list = {}});
}

}  // namespace story
