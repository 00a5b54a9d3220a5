#pragma once
// SPDX-License-Identifier: BSL-1.0
// LServe (arXiv 2502.14866), decode: streaming heads by list, retrieval heads by a hierarchy that is reused.
//
//   cache: pages of 64, summary::box{.unit = 16}, .lists = 1 (a list for each query head: the group's size)
//   streaming   the first 128 tokens, the last 256
//   retrieval   bound of each 16 tokens -> the best of 4 is the page's -> max(3, 4096 / 64) pages, the last one among them;
//               made anew when the length is a multiple of 4
//
// Sinks of retrieval heads are found by the bound, not forced. The paper makes a list for every query head
// (basic_lserve<reduce::per_head>). Which heads stream is DuoAttention's gate, half of them. With one logical page per page and
// steps = 1 a retrieval head is Quest.
#include <lacuna/attention/select/every.hpp>
#include <lacuna/attention/systems/quest.hpp>

namespace lacuna {

template <reduce::group_reduction Reduce = reduce::max>
struct basic_lserve {
  /// Of retrieval heads; a streaming head finds no needle.
  static constexpr promises keeps = quest::keeps;
  std::uint64_t streaming = 0;        ///< KV heads
  index_t budget = 4096, steps = 4;   ///< tokens; steps that a list serves
  index_t sinks = 128, window = 256;  ///< tokens, of streaming heads
  LACUNA_INLINE auto parts() const {
    using pages = select::every<select::top_k<estimate::box_bound<Reduce>>>;
    return select::split_heads<select::ends, pages>{
        .heads = streaming,
        .a = {.sinks = sinks, .window = window},
        .b = {.steps = steps, .inner = {.budget = budget, .least = 3}}};
  }
};
using lserve = basic_lserve<>;

}  // namespace lacuna
