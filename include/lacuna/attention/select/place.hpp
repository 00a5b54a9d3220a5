#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a selector sees: the queries of one KV head, its cache, and where in the model that is.
//
//   select.choose(arch, head, set, scratch)      ors the tokens it wants into `set`
//
// A selector is a value without state. What one step must leave to the next is in `head.memory`, which the cache keeps
// for each sequence and list; amounts may depend on the place (budget.hpp).
#include <lacuna/attention/score.hpp>
#include <lacuna/attention/select/token_set.hpp>
#include <lacuna/kv/selection.hpp>
#include <lacuna/kv/source.hpp>

namespace lacuna {

/// Where a selection is made: what a budget may depend on.
struct select_place {
  index_t layer = -1;  ///< decode_options::layer; -1: not said
  index_t head = 0;    ///< KV head
  index_t tokens = 0;  ///< positions of that head, a tail included
};

/// The queries that share a list, their KV head, and what was chosen before.
template <kv_source Source>
struct select_head {
  const Source& source;
  select_place at;
  segment body;
  matrix_view<const float> q;   ///< rows of the group, [group][head_dim]
  float scale = 1;              ///< of a score in base 2
  selection* memory = nullptr;  ///< null where the cache keeps none
};

/// Scratch of one worker; arrays have room for every unit of a head (rounded up to 16), sets for every page.
struct select_scratch {
  query_form form, sizes;  ///< queries, and their absolute values
  alignas(64) float queries[most_group * most_head_dim];
  alignas(64) float chunk[2][most_group * chunk_tokens];  ///< scores of a chunk of units
  index_t room = 0;                                       ///< floats of `scores` and of a row of `rows`
  float* rows = nullptr;           ///< [most_group][room], for what weighs each query alone
  float* scores = nullptr;         ///< [room]: of units
  float* choices = nullptr;        ///< [room]
  std::uint64_t* spare = nullptr;  ///< words of a second set
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// Rows [first, first + n) of the group, scaled, [row][width], zeros past head_dim, into scratch.queries.
template <class Source>
int fill_queries(const select_head<Source>& h, index_t first, select_scratch& scratch) {
  const index_t width = h.body.shape.width(), left = h.q.rows() - first;
  const int n = static_cast<int>(left < most_group ? left : most_group);
  for (int r = 0; r < n; ++r) {
    float* const to = scratch.queries + r * width;
    const float* const from = &h.q(first + r, 0);
    for (index_t d = 0; d < h.q.cols(); ++d) to[d] = from[d] * h.scale;
    for (index_t d = h.q.cols(); d < width; ++d) to[d] = 0;
  }
  return n;
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

/// A selector that is named for its amounts and made of others: `parts()` is the composition.
template <class S>
concept composed_selector = requires(const S& s) {
  {s.parts()};
};
namespace detail {
template <class S>
struct parts_of {
  using type = S;
};
template <composed_selector S>
struct parts_of<S> {
  using type = std::remove_cvref_t<decltype(std::declval<const S&>().parts())>;
};
}  // namespace detail
/// Runs once for each query head, whose list is its own.
template <class S>
inline constexpr bool runs_per_query = detail::parts_of<S>::type::per_query;

inline namespace LACUNA_ARCH {

/// Ors what the selector wants into `to`.
template <class A, class S, kv_source Source>
LACUNA_INLINE void choose_tokens(A arch, const S& s, const select_head<Source>& h, const token_set& to,
                                 select_scratch& scratch) {
  if constexpr (composed_selector<S>)
    s.parts().choose(arch, h, to, scratch);
  else
    s.choose(arch, h, to, scratch);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
