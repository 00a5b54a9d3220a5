#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a selector leaves to the next step: the list of one head (or query head), and when it was made.
//
//   made_at 4096, body 4096     {0, all} {7, all} {63, all}        good until 4100 tokens, say
//
// The only state of a selection. It belongs to the cache, for each sequence and list, sized when the cache is made.
#include <lacuna/kv/page.hpp>

namespace lacuna {

struct selection {
  page_ref* list = nullptr;  ///< room for as many entries as a head has pages, and one more
  index_t count = 0;
  index_t made_at = -1;  ///< tokens of the head when the list was made; -1: never
  index_t body = 0;      ///< those of them in pages: later ones are new
};

/// A cache that keeps them: memory_of_list(head, query of its group) is null where there is none.
template <class C>
concept keeps_selections = requires(const C& c, index_t i) {
  { c.memory_of_list(i, i) } -> std::same_as<selection*>;
};

}  // namespace lacuna
