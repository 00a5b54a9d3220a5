#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a selector leaves to the next step: the list of one head (or query head), and when it was made.
//
//   made_at 4096, body 4096     {0, all} {7, all} {63, all}        good until 4100 tokens, say
//
//   kv_cache<bf16> c({..., .lists = 1});      one list for each KV head; .lists = 4: one for each of its 4 query heads
//
// The only state of a selection. It belongs to the cache, for each sequence and list, sized when the cache is made. Pages
// that are released leave every list; a cut cuts the lists, and forgets those that were made after it; a fork has copies.
#include <lacuna/core/aligned.hpp>
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

/// The lists of all heads of a store: `lists` of each head i.
struct selection_memory {
  buffer<page_ref> refs;
  buffer<selection> all;
  index_t lists = 0;

  LACUNA_INLINE selection_memory() = default;
  LACUNA_INLINE selection_memory(selection_memory&&) = default;
  LACUNA_INLINE selection_memory& operator=(selection_memory&&) = default;
  LACUNA_INLINE ~selection_memory() = default;
  LACUNA_INLINE selection_memory(index_t heads, index_t lists_of_head, index_t table_pages)
      : refs(heads * lists_of_head * (table_pages + 1)), all(heads * lists_of_head), lists(lists_of_head) {
    for (index_t n = 0; n < all.size(); ++n) all[n] = {refs.data() + n * (table_pages + 1), 0, -1, 0};
  }
  LACUNA_INLINE static index_t bytes(index_t heads, index_t lists, index_t table_pages) {
    return heads * lists *
           ((table_pages + 1) * static_cast<index_t>(sizeof(page_ref)) +
            static_cast<index_t>(sizeof(selection)));
  }
};

namespace detail {
inline namespace LACUNA_ARCH {

/// f(selection) for each list of head i.
template <class F>
void each_list(selection_memory& m, index_t i, F&& f) {
  for (index_t n = i * m.lists; n < (i + 1) * m.lists; ++n) f(m.all[n]);
}

inline void forget_list(selection& s) { s.count = 0, s.made_at = -1, s.body = 0; }

inline void drop_page(selection_memory& m, index_t i, index_t page) {
  each_list(m, i, [&](selection& s) {
    index_t to = 0;
    for (index_t n = 0; n < s.count; ++n)
      if (static_cast<index_t>(s.list[n].page) != page) s.list[to++] = s.list[n];
    s.count = to;
  });
}

/// Head i was cut back to `tokens`, of which `in_pages` are in pages.
inline void cut_lists(selection_memory& m, index_t i, index_t tokens, index_t in_pages, int page) {
  each_list(m, i, [&](selection& s) {
    if (s.made_at > tokens) return forget_list(s);
    if (s.body > in_pages) s.body = in_pages;
    for (; s.count > 0; --s.count) {
      page_ref& last = s.list[s.count - 1];
      last.tokens &= low_tokens(in_pages - static_cast<index_t>(last.page) * page);
      if (last.tokens != 0) return;
    }
  });
}

inline void copy_lists(selection_memory& m, index_t from, index_t to) {
  for (index_t n = 0; n < m.lists; ++n) {
    const selection& s = m.all[from * m.lists + n];
    selection& t = m.all[to * m.lists + n];
    t.count = s.count, t.made_at = s.made_at, t.body = s.body;
    if (s.count > 0) std::memcpy(t.list, s.list, static_cast<std::size_t>(s.count) * sizeof(page_ref));
  }
}
inline void forget_lists(selection_memory& m, index_t i) {
  each_list(m, i, [](selection& s) { forget_list(s); });
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
