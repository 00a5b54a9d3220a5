#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which tokens each head attends: lists of page_ref, one for each KV head or one for each query head.
//
//   refs    {0, all} {7, 0x3} {8, all} | {0, all} {9, 0xff} | ...
//   start    0                           3                    5 ...     list h = refs [start[h], start[h + 1])
//
// Sorted and disjoint by construction: pages ascend inside a list. That they exist (no token after the last one, so
// causal) is checked where a list meets a cache. A released page in a list counts for nothing.
#include <lacuna/core/aligned.hpp>
#include <lacuna/kv/page.hpp>

namespace lacuna {

class page_lists {
 public:
  /// Borrows both. Fails with errc::argument unless start ascends from 0 to the number of refs and pages ascend.
  LACUNA_INLINE page_lists(array_view<const page_ref> refs, array_view<const index_t> start);

  LACUNA_INLINE index_t count() const { return start_.size() - 1; }
  LACUNA_INLINE array_view<const page_ref> list(index_t h) const {
    return {refs_.data() + start_[h], start_[h + 1] - start_[h]};
  }

 private:
  array_view<const page_ref> refs_;
  array_view<const index_t> start_;
};

inline namespace LACUNA_ARCH {

LACUNA_NOINLINE inline void check_lists(array_view<const page_ref> refs, array_view<const index_t> start) {
  const index_t n = start.size();
  bool rising = n > 0 && start[0] == 0 && start[n - 1] == refs.size();
  for (index_t h = 0; h + 1 < n; ++h) rising = rising && start[h] <= start[h + 1];
  if (!rising)
    fail(errc::argument, "page_lists: need starts that ascend from 0 to the number of refs, " +
                             count_text(refs.size()) + "; got " + count_text(n) + " of them");
  for (index_t h = 0; h + 1 < n; ++h)
    for (index_t i = start[h] + 1; i < start[h + 1]; ++i)
      if (refs[i].page <= refs[i - 1].page)
        fail(errc::argument, "page_lists: need pages that ascend inside a list; got page " +
                                 count_text(refs[i].page) + " after " + count_text(refs[i - 1].page) +
                                 " in list " + count_text(h));
}

/// Fails with errc::argument when the list names a token that the segment does not have.
inline void check_tokens(const char* operation, array_view<const page_ref> list, const segment& s) {
  if (list.size() == 0) return;
  const page_ref last = list[list.size() - 1];  // all others are on earlier pages
  if (static_cast<index_t>(last.page) >= s.pages || (last.tokens & ~s.present(last.page)) != 0)
    fail(errc::argument, std::string(operation) + ": need listed tokens before token " +
                             count_text(s.tokens) + "; got page " + count_text(last.page) + " of " +
                             count_text(s.pages) + " with a later one");
}

}  // namespace LACUNA_ARCH

LACUNA_INLINE page_lists::page_lists(array_view<const page_ref> refs, array_view<const index_t> start)
    : refs_(refs), start_(start) {
  check_lists(refs, start);
}

}  // namespace lacuna
