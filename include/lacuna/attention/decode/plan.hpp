#pragma once
// SPDX-License-Identifier: BSL-1.0
// How a decode step is cut: tasks, and pieces of tasks. By shape only, so any number of threads gives the same bits.
//
//   task     up to 8 queries of one KV head of one sequence, which share a list
//   piece    at most 4096 listed tokens of a task; states of pieces are merged in order
//
//   rows of Q     sequence 0: KV head 0: G queries | KV head 1: G queries | ... | sequence 1: ...
#include <lacuna/attention/list.hpp>
#include <lacuna/attention/score.hpp>
#include <lacuna/kv/source.hpp>

namespace lacuna {

/// Amounts of a decode step.
struct decode_options {
  float scale = 0;     ///< of a score; 0: 1 / sqrt(head_dim)
  float soft_cap = 0;  ///< c > 0: score = c tanh(score / c)
  index_t layer = -1;  ///< for selectors whose amounts depend on it; -1: not said, so none of the first ones
  array_view<float> lse{};  ///< [rows of q]: ln sum e^(score), -inf where nothing is attended
  matrix_view<float>
      mass{};  ///< [sequences * KV heads][>= tokens]: sum over the queries of a head of their weights
};

/// Tokens of a piece.
inline constexpr index_t split_tokens = 4096;

inline namespace LACUNA_ARCH {
namespace kernel {

/// What a decode step attends and how; borrowed.
template <kv_source Source>
struct decode_call {
  const Source* const* sources;
  index_t batch;
  matrix_view<const float> q;
  const page_lists* lists;
  decode_options options;
  const list_view* chosen = nullptr;  // what a selector made, one for each KV head or query
  bool per_query = false;             // lists: one for each query
  index_t heads = 0, group = 0;       // KV heads of a sequence, queries of a KV head
  index_t block = 0, blocks = 0;      // queries of a task, tasks of a KV head
  kv_shape shape{};

  index_t tasks() const { return batch * heads * blocks; }
  float scale() const {  // scores in base 2
    const float s = options.scale != 0 ? options.scale : 1 / std::sqrt(static_cast<float>(shape.head_dim));
    return s * 1.44269504f;
  }
  float limit() const { return options.soft_cap * 1.44269504f; }
};

struct decode_task {
  index_t sequence, head, row, rows;
  list_view list;
};

template <class Source>
decode_task task_of(const decode_call<Source>& c, index_t i) {
  decode_task t{};
  t.sequence = i / (c.heads * c.blocks);
  t.head = i / c.blocks % c.heads;
  const index_t first = i % c.blocks * c.block;
  t.row = (t.sequence * c.heads + t.head) * c.group + first;
  t.rows = c.group - first < c.block ? c.group - first : c.block;
  const index_t list = c.per_query ? t.row : t.sequence * c.heads + t.head;
  if (c.chosen != nullptr) {
    t.list = c.chosen[list];
  } else if (c.lists == nullptr) {
    t.list.count = c.sources[t.sequence]->body(t.head).pages;
  } else {
    const auto given = c.lists->list(list);
    t.list = {given.data(), 0, given.size()};
  }
  return t;
}
/// Entries of a list that make a piece.
inline index_t piece_pages(kv_shape z) { return split_tokens / z.page; }
inline index_t pieces_of(const list_view& list, kv_shape z) {
  const index_t per = piece_pages(z), n = (list.count + per - 1) / per;
  return n < 1 ? 1 : n;
}

template <class Source>
std::string decode_sizes(const decode_call<Source>& c, const char* what, index_t rows, index_t cols) {
  return "; got " + count_text(c.batch) + " sequences of " + count_text(c.heads) + " KV heads of size " +
         count_text(c.shape.head_dim) + ", " + what + " " + shape_text(rows, cols);
}

/// The door: fills in the sizes, fails with errc::shape or errc::argument.
template <class Source>
void check_call(decode_call<Source>& c) {
  if (c.batch > 0) c.heads = c.sources[0]->kv_heads(), c.shape = c.sources[0]->shape();
  check_shape("decode", c.shape);
  for (index_t b = 1; b < c.batch; ++b)
    if (c.sources[b]->kv_heads() != c.heads || !(c.sources[b]->shape() == c.shape))
      fail(errc::shape,
           "decode: need sequences of equal KV heads and shapes; got another at " + count_text(b));
  const index_t all = c.batch * c.heads;
  if (c.q.cols() != c.shape.head_dim || (all == 0 ? c.q.rows() != 0 : c.q.rows() % all != 0))
    fail(errc::shape, "decode: need Q[sequences * query heads, head size], a multiple of the KV heads" +
                          decode_sizes(c, "Q", c.q.rows(), c.q.cols()));
  c.group = all == 0 ? 0 : c.q.rows() / all;
  if (c.lists != nullptr) c.per_query = c.lists->count() != all;
  if (c.lists != nullptr && c.per_query && c.lists->count() != c.q.rows())
    fail(errc::shape, "decode: need a list for each KV head or for each query head" +
                          decode_sizes(c, "lists", c.lists->count(), 1));
  c.block = c.per_query ? 1 : most_group;
  c.blocks = (c.group + c.block - 1) / c.block;
  if (c.options.lse.size() != 0 && c.options.lse.size() != c.q.rows())
    fail(errc::shape,
         "decode: need a log-sum for each row of Q" + decode_sizes(c, "lse", c.options.lse.size(), 1));
  const auto& mass = c.options.mass;
  for (index_t b = 0; b < c.batch; ++b)
    for (index_t h = 0; h < c.heads; ++h) {
      index_t tokens = c.sources[b]->body(h).tokens;
      if constexpr (has_tail<Source>) tokens += c.sources[b]->tail(h).tokens;
      if (mass.data() != nullptr && (mass.rows() != all || mass.cols() < tokens))
        fail(errc::shape, "decode: need mass[sequences * KV heads, tokens]" +
                              decode_sizes(c, "mass", mass.rows(), mass.cols()));
    }
  if (c.lists != nullptr)
    for (index_t i = 0; i < c.tasks(); ++i) {
      const auto t = task_of(c, i);
      check_tokens("decode", {t.list.refs, t.list.count}, c.sources[t.sequence]->body(t.head));
    }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
