#pragma once
// SPDX-License-Identifier: BSL-1.0
// Runs a plan: packs the key tiles that are used, then attends the items (queries_outer), or both at once (keys_outer).
//
//   scratch   plan | packed tiles: keys, values | [worker] tile_scratch | base-2 log sums of the queries, for the mass
#include <lacuna/attention/prefill/plan.hpp>
#include <lacuna/attention/prefill/source.hpp>
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/take_items.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Where results go: rows of the output, or of a state [heads * tokens].
template <class Out>
struct prefill_sink {
  head_view<Out> out;
  const state_view* state = nullptr;
  array_view<float> lse{};
  float* log2_sums = nullptr;  ///< [heads * tokens], for the mass
  index_t tokens = 0;
};

/// One call, its types and its memory.
template <class T, class Query, class Source, class M, class Logit, class Out>
struct prefill_job {
  using product = T;
  prefill_plan<M>& plan;
  head_view<const Query> q;
  const Source& source;
  Logit logit;
  float scale;  ///< of Q: base 2 unless a policy wants natural scores
  tile_shape<T> shape;
  prefill_sink<Out> sink;
  float *packed = nullptr, *workers = nullptr;
  index_t each = 0;  ///< floats of a worker

  LACUNA_INLINE float* keys(index_t slot) const { return packed + 2 * slot * shape.packed(); }
  LACUNA_INLINE tile_scratch<T> scratch(index_t worker) const {
    carver part(workers + worker * each);
    return tile_scratch<T>(shape, part);
  }
  LACUNA_INLINE tile_place place(const span_of_tokens& s, index_t h, index_t z) const {
    const index_t first = z * tile_side, left = s.nq - first;
    return {h, first + plan.offset_of(s), left < tile_side ? left : tile_side, s.nk};
  }
};

/// Keys and values of tile c to `to`; rows past the last are zeros.
template <class A, class Job>
void pack_tile(const Job& j, const span_of_tokens& s, index_t kv, index_t c, float* rows, float* to) {
  const index_t width = j.shape.width(), first = c * tile_side, left = s.nk - first;
  const index_t n = left < tile_side ? left : tile_side;
  const auto clear_rest = [&]() {
    std::memset(rows + n * width, 0, static_cast<std::size_t>((tile_side - n) * width) * sizeof(float));
  };
  j.source.values(A{}, kv, s.k0 + first, n, width, rows);
  clear_rest();
  pack_values<A>(j.shape, rows, to + j.shape.packed());
  j.source.keys(A{}, kv, s.k0 + first, n, width, rows);
  clear_rest();  // of words that the last keys left
  pack_keys<A>(j.shape, rows, to);
}

/// The queries of a tile, scaled, lanes past the last are zeros.
template <class A, class Job>
void pack_queries(const Job& j, const span_of_tokens& s, index_t h, index_t z, float* rows, float* to) {
  const index_t width = j.shape.width(), first = z * tile_side, left = s.nq - first;
  const index_t n = left < tile_side ? left : tile_side;
  for (index_t i = 0; i < n; ++i)
    widen_row<A>(j.q.row(h, s.q0 + first + i), j.q.dim(), width, j.scale, rows + i * width);
  std::memset(rows + n * width, 0, static_cast<std::size_t>((tile_side - n) * width) * sizeof(float));
  pack_lanes<A>(j.shape, rows, tile_side, to, tile_side);
}

/// A finished tile to the sink.
template <class A, class Job>
void put_tile(const Job& j, const span_of_tokens& s, const tile_place& at, index_t z, const tile_state& st,
              float* row) {
  const auto& sink = j.sink;
  const index_t dim = j.q.dim();
  for (index_t i = 0; i < at.queries; ++i) {
    const index_t t = s.q0 + z * tile_side + i, r = at.head * sink.tokens + t;
    const bool nothing = st.l[i] == 0;
    state_row<A>(j.shape, st, i, sink.state != nullptr ? 1.0f : nothing ? 0.0f : 1 / st.l[i], row);
    if (sink.state != nullptr) {
      std::memcpy(sink.state->o + r * sink.state->dim, row, static_cast<std::size_t>(dim) * sizeof(float));
      sink.state->m[r] = st.m[i];
      sink.state->l[r] = st.l[i];
    } else {
      auto* const to = sink.out.row(at.head, t);
      using element = std::remove_cvref_t<decltype(*to)>;
      for (index_t d = 0; d < dim; ++d) to[d] = element(nothing ? 0.0f : row[d]);
    }
    if (sink.lse.size() > 0) sink.lse[r] = log_sum({st.o, st.m, st.l, tile_side, 0}, i);
    if (sink.log2_sums != nullptr)
      sink.log2_sums[r] = nothing ? std::numeric_limits<float>::infinity() : st.m[i] + std::log2(st.l[i]);
  }
}

/// One query tile of one head over its line, two key tiles at a time.
template <class A, class Job>
void attend_item(const Job& j, const prefill_item& item, index_t worker) {
  const auto& plan = j.plan;
  const span_of_tokens& s = plan.span[item.sequence];
  const auto scratch = j.scratch(worker);
  const tile_state st = tile_state::at(scratch.state, j.shape.width());
  const tile_place at = j.place(s, item.head, item.z);
  const auto m = mask::of_head(plan.mask, item.head);
  const index_t kv = item.head / plan.group(), line = plan.line(s, item.head, item.z);
  clear(st, j.shape.width());
  pack_queries<A>(j, s, item.head, item.z, scratch.rows, scratch.queries);
  for (index_t t = plan.ptr[line]; t < plan.ptr[line + 1];) {
    tile_pair step;
    for (; step.count < step_tiles && t < plan.ptr[line + 1]; ++t) {
      const float* const keys = j.keys(plan.slot_of(s, kv, plan.idx[t]));
      step.add(keys, keys + j.shape.packed(), plan.idx[t] * tile_side, plan.kind[t]);
    }
    // 2048 tokens, one thread: .98 of the time without.
    for (int i = 0; i < step_tiles && t + i < plan.ptr[line + 1]; ++i)
      step.ahead[i] = j.keys(plan.slot_of(s, kv, plan.idx[t + i]));
    attend_tiles<A>(j.shape, scratch, scratch.queries, st, step, at, m, j.logit);
  }
  put_tile<A>(j, s, at, item.z, st, scratch.rows);
}

template <class A, class Threads, class Job>
void run_queries_outer(const Threads& threads, index_t workers, const Job& j) {
  const auto& plan = j.plan;
  take_items(threads, workers, plan.kv_heads * plan.k_tiles, [&](index_t i, index_t w) {
    if (plan.slot[i] < 0) return;
    const index_t kv = i / plan.k_tiles, tile = i % plan.k_tiles;
    const span_of_tokens& s = plan.sequence_of(tile);
    pack_tile<A>(j, s, kv, tile - s.k_tile, j.scratch(w).rows, j.keys(plan.slot[i]));
  });
  take_items(threads, workers, plan.item_count(),
             [&](index_t i, index_t w) { attend_item<A>(j, plan.items[i], w); });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
