#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which shared prefix each request of a batch should use, when a group has one prefix (BatchLLM, arXiv 2412.03594).
//
//   1000 tokens                        a group of 3 requests shares its 1000 tokens: b's 2 and c's 1
//   |- a  500 more, 40 requests        a group of its own: 1500 tokens once for 40
//   |- b   20 more,  2 requests
//   |- c   10 more,  1 request         saved = sum over groups of (requests - 1) * tokens of the prefix
//
// Exact, by a table over (node, nearest ancestor that has a group): a request never gains from a farther one. O(nodes * depth).
#include <lacuna/core/aligned.hpp>
#include <lacuna/core/error.hpp>
#include <vector>

namespace lacuna {

/// A node of a prefix tree: `tokens` more than its parent's, `requests` that end here. Parents come first; -1: none.
struct prefix_node {
  index_t parent = -1, tokens = 0, requests = 0;
};
/// group[node]: the node whose prefix the requests of a node share, -1 for none of their own.
struct flat_prefixes {
  std::vector<index_t> group;
  index_t saved = 0;  ///< tokens that are not read again
};

inline namespace LACUNA_ARCH {

/// Fails with errc::argument unless parents come first and amounts are not negative.
inline flat_prefixes flatten_prefixes(array_view<const prefix_node> tree) {
  struct node {
    index_t depth = 0;              // tokens from the root on
    std::vector<index_t> above;     // -1, then the ancestors that may have a group
    std::vector<index_t> children;  // what the children save, by the place in `above` of theirs
  };
  const auto n = static_cast<std::size_t>(tree.size());
  std::vector<node> at(n);
  std::vector<std::vector<index_t>> best(n);
  for (std::size_t i = 0; i < n; ++i) {
    const prefix_node& p = tree[static_cast<index_t>(i)];
    if (p.parent < -1 || p.parent >= static_cast<index_t>(i) || p.tokens < 0 || p.requests < 0)
      fail(errc::argument,
           "flatten_prefixes: need parents before their children, tokens and requests >= 0; got node " +
               count_text(static_cast<index_t>(i)) + " of parent " + count_text(p.parent));
    const node* const up = p.parent < 0 ? nullptr : &at[static_cast<std::size_t>(p.parent)];
    at[i].depth = p.tokens + (up ? up->depth : 0);
    at[i].above = up ? up->above : std::vector<index_t>{-1};
    if (up) at[i].above.push_back(p.parent);
    at[i].children.assign(at[i].above.size() + 1, 0);
  }
  const auto depth = [&](index_t i) { return i < 0 ? 0 : at[static_cast<std::size_t>(i)].depth; };
  const auto of_its_own = [&](std::size_t i) {
    return (tree[static_cast<index_t>(i)].requests - 1) * at[i].depth + at[i].children.back();
  };
  const auto by_ancestor = [&](std::size_t i, std::size_t j) {
    return tree[static_cast<index_t>(i)].requests * depth(at[i].above[j]) + at[i].children[j];
  };
  flat_prefixes flat{std::vector<index_t>(n, -1), 0};
  for (std::size_t i = n; i-- > 0;) {
    const index_t parent = tree[static_cast<index_t>(i)].parent;
    for (std::size_t j = 0; j < at[i].above.size(); ++j) {
      const index_t own = of_its_own(i), other = by_ancestor(i, j), most = own > other ? own : other;
      best[i].push_back(most);
      if (parent >= 0) at[static_cast<std::size_t>(parent)].children[j] += most;
    }
    if (parent < 0) flat.saved += best[i][0];
  }
  std::vector<std::size_t> open(n, 0);  // the place in `above` of the nearest ancestor with a group
  for (std::size_t i = 0; i < n; ++i) {
    const index_t parent = tree[static_cast<index_t>(i)].parent;
    if (parent >= 0) {
      const auto p = static_cast<std::size_t>(parent);
      open[i] = flat.group[p] == parent ? at[i].above.size() - 1 : open[p];
    }
    const bool own = of_its_own(i) > by_ancestor(i, open[i]);
    flat.group[i] = own ? static_cast<index_t>(i) : at[i].above[open[i]];
  }
  return flat;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
