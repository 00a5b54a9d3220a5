#pragma once
// SPDX-License-Identifier: BSL-1.0
// Runs the pieces of a decode step: one parallel region, in which each worker takes pieces as it comes free.
//
//   scratch   [worker] attend_scratch | [piece past a task's first] state | [task + 1] first piece
#include <lacuna/attention/attend.hpp>
#include <lacuna/attention/decode/plan.hpp>
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/take_items.hpp>
#include <lacuna/kv/summary/observed.hpp>
#include <new>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Floats of scratch in whole cache lines.
LACUNA_INLINE constexpr index_t floats_for(index_t bytes) { return (bytes + 63) / 64 * 16; }

/// How the scratch of a step is laid out, in floats.
struct decode_scratch {
  index_t workers = 0, states = 0, partials = 0;  // partials: states of pieces past the first of a task
  index_t worker = 0, state = 0, partial = 0, table = 0;  // floats of one of each
  LACUNA_INLINE index_t floats() const {
    return workers * worker + states * state + partials * partial + table;
  }
};

inline decode_scratch scratch_of(index_t width, index_t tasks, index_t pieces, index_t block, kv_shape z) {
  decode_scratch n;
  n.workers = width < pieces ? width : pieces;
  n.partials = pieces - tasks;
  n.worker = floats_for(static_cast<index_t>(sizeof(attend_scratch)));
  n.state = z.width() + 2;
  n.partial = floats_for(block * n.state * static_cast<index_t>(sizeof(float)));
  n.table = floats_for((tasks + 1) * static_cast<index_t>(sizeof(index_t)));
  return n;
}

/// The queries of a task, scaled, [row][width], zeros past head_dim.
template <class Source>
void copy_queries(const decode_call<Source>& c, const decode_task& t, float* to) {
  const index_t width = c.shape.width();
  const float scale = c.scale();
  for (index_t r = 0; r < t.rows; ++r)
    for (index_t d = 0; d < width; ++d) to[r * width + d] = d < c.q.cols() ? c.q(t.row + r, d) * scale : 0;
}

/// The logits that a cache with summary::value_bias adds to the scores of its tokens: one softmax(s + b) for all (NOSA).
/// `from`: the position of the segment's first token.
template <class Source>
struct source_bias {
  logit_bias bias;
  source_bias(const Source& source, index_t head, index_t from) {
    if constexpr (keeps_summary<Source, summary::value_bias>)
      bias = {source.template summary<summary::value_bias>(head).units, from};
    else
      (void)source, (void)head, (void)from;
  }
  const logit_bias* get() const { return keeps_summary<Source, summary::value_bias> ? &bias : nullptr; }
};

/// One piece of a task, and the tail with the last one.
template <class A, class Source>
void attend_piece(const decode_call<Source>& c, const decode_task& t, index_t piece, const state_view& st,
                  attend_scratch& scratch) {
  const Source& source = *c.sources[t.sequence];
  const int group = static_cast<int>(t.rows);
  const index_t per = piece_pages(c.shape), from = piece * per;
  clear(st);
  copy_queries(c, t, scratch.queries);
  list_view part = t.list;
  if (part.refs != nullptr)
    part.refs += from;
  else
    part.first += from;
  part.count = t.list.count - from < per ? t.list.count - from : per;
  if (part.count > 0) {
    source.key().prepare(A{}, scratch.queries, group, c.shape, scratch.form);
    const source_bias<Source> bias(source, t.head, 0);
    attend(A{}, source.key(), source.value(), source.body(t.head), part, scratch.form, c.limit(), st, scratch,
           bias.get());
  }
  if constexpr (has_tail<Source>)
    if (from + per >= t.list.count) {
      const segment tail = source.tail(t.head);
      const source_bias<Source> bias(source, t.head, source.body(t.head).tokens);
      source.tail_key().prepare(A{}, scratch.queries, group, c.shape, scratch.form);
      attend(A{}, source.tail_key(), source.tail_value(), tail, {nullptr, 0, tail.pages}, scratch.form,
             c.limit(), st, scratch, bias.get());
    }
}

/// Row `row` on of a state of all rows.
LACUNA_INLINE state_view state_rows(const state_view& s, index_t row, index_t rows) {
  return {s.o + row * s.dim, s.m + row, s.l + row, rows, s.dim};
}

/// The mass of KV head i of all sequences: after the states are complete.
template <class A, class Source>
void mass_of_head(const decode_call<Source>& c, index_t i, const state_view& st, attend_scratch& scratch) {
  const Source& source = *c.sources[i / c.heads];
  const auto mass = c.options.mass;
  float* const row = &mass(i, 0);
  for (index_t k = 0; k < mass.cols(); ++k) row[k] = 0;
  for (index_t b = 0; b < c.blocks; ++b) {
    const decode_task t = task_of(c, i * c.blocks + b);
    const segment body = source.body(t.head);
    copy_queries(c, t, scratch.queries);
    const auto rows = state_rows(st, t.row, t.rows);
    source.key().prepare(A{}, scratch.queries, static_cast<int>(t.rows), c.shape, scratch.form);
    add_mass(A{}, source.key(), body, t.list, scratch.form, c.limit(), rows, row, scratch,
             source_bias<Source>(source, t.head, 0).get());
    if constexpr (has_tail<Source>) {
      const segment tail = source.tail(t.head);
      source.tail_key().prepare(A{}, scratch.queries, static_cast<int>(t.rows), c.shape, scratch.form);
      add_mass(A{}, source.tail_key(), tail, {nullptr, 0, tail.pages}, scratch.form, c.limit(), rows,
               row + body.tokens, scratch, source_bias<Source>(source, t.head, body.tokens).get());
    }
  }
}

/// Views of rows of states that lie at p.
LACUNA_INLINE state_view states_at(float* p, index_t rows, index_t dim) {
  return {p, p + rows * dim, p + rows * (dim + 1), rows, dim};
}

/// The pieces of every task: first[i] is the first of task i.
template <class Source>
void count_pieces(const decode_call<Source>& c, index_t* first) {
  first[0] = 0;
  for (index_t i = 0; i < c.tasks(); ++i) first[i + 1] = first[i] + pieces_of(task_of(c, i).list, c.shape);
}

/// Floats of scratch at most, whatever is chosen.
template <class Source>
index_t most_floats(const decode_call<Source>& c, index_t width) {
  index_t pieces = 0;
  for (index_t i = 0; i < c.tasks(); ++i) {
    const segment body = c.sources[i / (c.heads * c.blocks)]->body(i / c.blocks % c.heads);
    pieces += pieces_of({nullptr, 0, body.pages}, c.shape);
  }
  decode_scratch n = scratch_of(width, c.tasks(), pieces, c.block, c.shape);
  n.states = c.q.rows();
  return n.floats();
}

/// The states of all rows of Q, in `given` or, if that is null, in scratch memory until its next use. The first
/// `reserved` floats of it are left alone.
template <class A, class Threads, class Source>
state_view run_decode(const Threads& threads, const decode_call<Source>& c, const state_view* given,
                      workspace& memory, index_t reserved = 0) {
  const index_t tasks = c.tasks(), rows = c.q.rows();
  index_t pieces = 0;
  for (index_t i = 0; i < tasks; ++i) pieces += pieces_of(task_of(c, i).list, c.shape);
  decode_scratch n = scratch_of(threads.width(), tasks, pieces, c.block, c.shape);
  n.states = given ? 0 : rows;
  float* const base = memory.floats(reserved + n.floats()) + reserved;
  const auto worker = [&](index_t w) {
    return ::new (static_cast<void*>(base + w * n.worker)) attend_scratch;
  };
  float* const partials = base + n.workers * n.worker;
  float* const table = partials + n.partials * n.partial;
  auto* const first = ::new (static_cast<void*>(table)) index_t[static_cast<std::size_t>(tasks + 1)];
  const state_view st = given ? *given : states_at(table + n.table, rows, c.shape.width());
  if (tasks == 0) return st;
  count_pieces(c, first);
  const auto state_of = [&](index_t item, index_t i, const decode_task& t) {
    return item == first[i] ? state_rows(st, t.row, t.rows)
                            : states_at(partials + (item - i - 1) * n.partial, t.rows, st.dim);
  };
  take_items(threads, n.workers, pieces, [&](index_t item, index_t w) {
    index_t low = 0, high = tasks;  // the task whose pieces hold the item
    while (high - low > 1) (first[(low + high) / 2] <= item ? low : high) = (low + high) / 2;
    const decode_task t = task_of(c, low);
    attend_piece<A>(c, t, item - first[low], state_of(item, low, t), *worker(w));
  });
  for (index_t i = 0; i < tasks; ++i) {
    const decode_task t = task_of(c, i);
    for (index_t item = first[i] + 1; item < first[i + 1]; ++item)
      merge(state_rows(st, t.row, t.rows), state_of(item, i, t));
  }
  for (index_t r = 0; r < c.options.lse.size(); ++r) c.options.lse[r] = log_sum(st, r);
  if (c.options.mass.data() != nullptr)
    take_items(threads, n.workers, c.batch * c.heads,
               [&](index_t i, index_t w) { mass_of_head<A>(c, i, st, *worker(w)); });
  return st;
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
