#pragma once
// SPDX-License-Identifier: BSL-1.0
// Runs a selector for every list of a decode step: one parallel region, an item for each KV head or query head.
//
//   scratch   [list] list_view | [list] page_ref x (pages + 1) | [worker] select_scratch, rows, scores, sets
#include <lacuna/attention/decode/run.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <new>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// How the memory of a selection is laid out, in floats.
struct select_layout {
  index_t lists = 0, workers = 0, pages = 0, room = 0;  // pages, room: of the longest head
  index_t views = 0, refs = 0, worker = 0;              // floats of all views, of a list, of a worker
  LACUNA_INLINE index_t floats() const { return views + lists * refs + workers * worker; }
};

inline select_layout select_layout_of(index_t workers, index_t lists, index_t tokens, kv_shape z) {
  select_layout n;
  n.lists = lists;
  n.workers = workers < lists ? workers : lists;
  n.pages = (tokens + z.page - 1) / z.page;
  n.room = (tokens + 127) / 64 * 64;  // units may be single tokens, in whole tiles and pages
  n.views = floats_for(lists * static_cast<index_t>(sizeof(list_view)));
  n.refs = floats_for((n.pages + 1) * static_cast<index_t>(sizeof(page_ref)));
  n.worker = floats_for(static_cast<index_t>(sizeof(select_scratch))) + (most_group + 2) * n.room +
             floats_for((2 * n.pages + 1) * static_cast<index_t>(sizeof(std::uint64_t)));
  return n;
}

template <class Source>
index_t longest_body(const decode_call<Source>& c) {
  index_t most = 0;
  for (index_t b = 0; b < c.batch; ++b)
    for (index_t h = 0; h < c.heads; ++h) {
      const index_t n = c.sources[b]->body(h).tokens;
      most = n > most ? n : most;
    }
  return most;
}

/// The scratch of a worker at p, and the words of its two sets.
struct select_worker {
  select_scratch* scratch;
  std::uint64_t* words;
};
inline select_worker select_worker_at(float* p, const select_layout& n) {
  auto* const s = ::new (static_cast<void*>(p)) select_scratch;
  float* rest = p + floats_for(static_cast<index_t>(sizeof(select_scratch)));
  s->room = n.room;
  s->rows = rest;
  s->scores = (rest += most_group * n.room);
  s->choices = (rest += n.room);
  auto* const words =
      ::new (static_cast<void*>(rest + n.room)) std::uint64_t[static_cast<std::size_t>(2 * n.pages + 1)];
  s->spare = words + n.pages;
  return {s, words};
}

/// Lists that a step makes.
template <class Source>
index_t lists_of(const decode_call<Source>& c) {
  return c.per_query ? c.q.rows() : c.batch * c.heads;
}

/// What the selector sees of list i.
template <class Source>
select_head<Source> head_of_list(const decode_call<Source>& c, index_t i) {
  const index_t rows = c.per_query ? 1 : c.group, of_head = c.per_query ? c.group : 1;
  const index_t head = i / of_head % c.heads, sequence = i / of_head / c.heads;
  const Source& source = *c.sources[sequence];
  const segment body = source.body(head);
  index_t tokens = body.tokens;
  if constexpr (has_tail<Source>) tokens += source.tail(head).tokens;
  selection* memory = nullptr;
  if constexpr (keeps_selections<Source>) memory = source.memory_of_list(head, i % of_head);
  return {source, {c.options.layer, head, tokens}, body, c.q.block(i * rows, 0, rows, c.q.cols()), c.scale(),
          memory};
}

/// Fills c.chosen, in the first floats of memory; returns how many of them it takes.
template <class A, class Threads, class Selector, class Source>
index_t run_select(const Threads& threads, const Selector& select, decode_call<Source>& c, index_t more,
                   workspace& memory) {
  const index_t lists = lists_of(c);
  const auto n = select_layout_of(threads.width(), lists, longest_body(c), c.shape);
  float* const base = memory.floats(n.floats() + more);
  auto* const views = ::new (static_cast<void*>(base)) list_view[static_cast<std::size_t>(lists + 1)];
  float* const workers = base + n.views + lists * n.refs;
  c.chosen = views;
  take_items(threads, n.workers, lists, [&](index_t i, index_t w) {
    const auto worker = select_worker_at(workers + w * n.worker, n);
    const auto head = head_of_list(c, i);
    const token_set set{worker.words, head.body.pages, head.body.tokens, c.shape.page};
    clear(set);
    choose_tokens(A{}, select, head, set, *worker.scratch);
    auto* const refs = ::new (static_cast<void*>(base + n.views + i * n.refs))
        page_ref[static_cast<std::size_t>(n.pages + 1)];
    views[i] = {refs, 0, write_list(set, head.body, refs)};
  });
  return n.views + lists * n.refs;
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
