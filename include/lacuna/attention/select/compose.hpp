#pragma once
// SPDX-License-Identifier: BSL-1.0
// Selectors from selectors.
//
//   select::all{}                                everything
//   select::ends{.sinks = 4, .window = 1020}     the first tokens and the last ones, token by token (StreamingLLM)
//   select::unite{a, b}                          what either wants, once
//   select::split_heads{.heads = 0b0110, .a = streaming, .b = retrieval}       KV heads 1 and 2 do a, the others b
//   select::from_layer{.first = 2, .inner = s}   all in the layers before (Quest, Double Sparsity: 0 and 1 dense)
//   select::beyond{.tokens = 8192, .inner = s}   all while a head is no longer than that (InfLLM-V2's dense_len)
#include <lacuna/attention/select/place.hpp>

namespace lacuna {

/// Ors tokens into a set. `per_query`: it runs once for each query head, whose list is its own.
template <class S, class Source>
concept selector_for = composed_selector<S> ||
    requires(const S& s, const select_head<Source>& h, const token_set& to, select_scratch& scratch) {
  s.choose(simd::plain{}, h, to, scratch);
  { S::per_query } -> std::convertible_to<bool>;
};

namespace select {

struct all {
  static constexpr bool per_query = false;
  template <class A, kv_source Source>
  void choose(A, const select_head<Source>& h, const token_set& to, select_scratch&) const {
    add_range(to, 0, h.body.tokens);
  }
};

struct ends {
  static constexpr bool per_query = false;
  index_t sinks = 4, window = 1020;  ///< tokens; those of a tail count for the window
  template <class A, kv_source Source>
  void choose(A, const select_head<Source>& h, const token_set& to, select_scratch&) const {
    add_range(to, 0, sinks);
    add_range(to, h.at.tokens - window, h.body.tokens);
  }
};

template <class First, class Second>
struct unite {
  static constexpr bool per_query = runs_per_query<First> || runs_per_query<Second>;
  First first{};
  Second second{};
  template <class A, kv_source Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    choose_tokens(arch, first, h, to, scratch);
    choose_tokens(arch, second, h, to, scratch);
  }
};
template <class First, class Second>
unite(First, Second) -> unite<First, Second>;

/// Bit h of `heads`: KV head h does `a`. Heads from 64 on do `b`.
template <class First, class Second>
struct split_heads {
  static constexpr bool per_query = runs_per_query<First> || runs_per_query<Second>;
  std::uint64_t heads = 0;
  First a{};
  Second b{};
  template <class A, kv_source Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    if (h.at.head < 64 && (heads >> h.at.head & 1) != 0)
      choose_tokens(arch, a, h, to, scratch);
    else
      choose_tokens(arch, b, h, to, scratch);
  }
};

template <class Inner>
struct from_layer {
  static constexpr bool per_query = runs_per_query<Inner>;
  index_t first = 2;
  Inner inner{};
  template <class A, kv_source Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    if (h.at.layer >= 0 && h.at.layer < first)
      add_range(to, 0, h.body.tokens);
    else
      choose_tokens(arch, inner, h, to, scratch);
  }
};

template <class Inner>
struct beyond {
  static constexpr bool per_query = runs_per_query<Inner>;
  index_t tokens = 8192;
  Inner inner{};
  template <class A, kv_source Source>
  void choose(A arch, const select_head<Source>& h, const token_set& to, select_scratch& scratch) const {
    if (h.at.tokens <= tokens)
      add_range(to, 0, h.body.tokens);
    else
      choose_tokens(arch, inner, h, to, scratch);
  }
};

}  // namespace select
}  // namespace lacuna
