#pragma once
// SPDX-License-Identifier: BSL-1.0
// A selection in the making: one word for each page of a head, one bit for each of its tokens.
//
//   words    page 0: 0...01111 | page 1: 0 | page 2: 1...1 | ...        ->        list {0, 0xf} {2, all}
//
// Parts of a selection - sinks, windows, chosen pages, single tokens - are or-ed in, in any order, so that what comes out
// is sorted, disjoint, alive and causal, whatever the parts overlap.
#include <lacuna/core/aligned.hpp>
#include <lacuna/kv/page.hpp>

namespace lacuna {

/// Tokens of one head; borrowed, `segment::pages` words.
struct token_set {
  std::uint64_t* words = nullptr;
  index_t pages = 0, tokens = 0;
  int page = 64;  ///< tokens of a page

  LACUNA_INLINE bool has(index_t token) const { return (words[token / page] >> token % page & 1) != 0; }
  /// The tokens [first, last) of page p, counted from its start.
  LACUNA_INLINE void add_lanes(index_t p, int first, int last) const {
    words[p] |= low_tokens(last) & ~low_tokens(first);
  }
};

inline namespace LACUNA_ARCH {

inline void clear(const token_set& s) {
  for (index_t p = 0; p < s.pages; ++p) s.words[p] = 0;
}
/// Positions [first, last), cut to those that exist.
inline void add_range(const token_set& s, index_t first, index_t last) {
  if (first < 0) first = 0;
  if (last > s.tokens) last = s.tokens;
  for (index_t p = first / s.page; p * s.page < last; ++p) {
    const index_t at = p * s.page;
    s.add_lanes(p, static_cast<int>(first > at ? first - at : 0),
                static_cast<int>(last - at < s.page ? last - at : s.page));
  }
}
inline void add_list(const token_set& s, const page_ref* refs, index_t count) {
  for (index_t i = 0; i < count; ++i)
    if (static_cast<index_t>(refs[i].page) < s.pages) s.words[refs[i].page] |= refs[i].tokens;
}
/// As a list in `to`, which has room for pages + 1 entries; returns how many there are. Released pages and tokens that do
/// not exist drop out.
inline index_t write_list(const token_set& s, const segment& body, page_ref* to) {
  index_t n = 0;
  for (index_t p = 0; p < s.pages; ++p) {
    const auto i = static_cast<std::uint32_t>(p);
    to[n] = {i, s.words[p] & body.present(i)};
    n += to[n].tokens != 0 && !body.is_dead(i) ? 1 : 0;
  }
  return n;
}
inline index_t count_tokens(const page_ref* refs, index_t count) {
  index_t n = 0;
  for (index_t i = 0; i < count; ++i)
    for (std::uint64_t w = refs[i].tokens; w != 0; w &= w - 1) ++n;
  return n;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
