#pragma once
// SPDX-License-Identifier: BSL-1.0
// cascade: decode for sequences that share a prefix (BatchLLM, arXiv 2412.03594).
//
//   cascade(q, prefix, suffixes, out)        suffixes: pointers to a cache each; q, out[sequences * query heads, head size]
//
//   prefix     [P tokens]   x   all queries of a KV head, a matrix product       read once for the group
//   suffixes   [S] [S] ...  x   each its own queries                             decode
//   merged by log-sum-exp: bytes P + B S where decode of each whole sequence reads B (P + S)
//
//   auto s = shared_state(q, sequences, system_prompt);        more levels: states over disjoint keys merge
//   merge(s, shared_state(q, sequences, document)); merge(s, decode_state(q, own)); finish(s, out);
//
// Any split of the keys gives what decode of the whole gives, up to rounding. Products are floats, or
// cascade_options<bf16> where vdpbf16ps has full rate. Any number of threads gives the same bits.
#include <lacuna/attention/cascade/flatten.hpp>
#include <lacuna/attention/cascade/tall.hpp>
#include <lacuna/attention/decode.hpp>

namespace lacuna {

/// Product: what Q, K, V and weights are rounded to before they are multiplied with those of the shared cache.
template <class Product = float>
requires(std::is_same_v<Product, float> || std::is_same_v<Product, bf16>) struct cascade_options {
  float scale = 0;          ///< of a score; 0: 1 / sqrt(head_dim)
  float soft_cap = 0;       ///< c > 0: score = c tanh(score / c)
  array_view<float> lse{};  ///< [rows of q]: ln sum e^(score)
};

inline namespace LACUNA_ARCH {
namespace kernel {

template <class C>
void check_shared(const C& cache, index_t sequences, matrix_view<const float> q) {
  const index_t all = sequences * cache.kv_heads();
  if (sequences < 0 || q.cols() != kv_shape(cache.shape()).head_dim ||
      (all == 0 ? q.rows() != 0 : q.rows() % all != 0))
    fail(errc::shape,
         "cascade: need Q[sequences * query heads, head size], a multiple of the KV heads; got " +
             count_text(sequences) + " sequences, a prefix of " + count_text(cache.kv_heads()) +
             " KV heads of size " + count_text(kv_shape(cache.shape()).head_dim) + ", Q " +
             shape_text(q.rows(), q.cols()));
  for (index_t h = 0; h < cache.kv_heads(); ++h) {
    const segment body = cache.body(h);
    for (index_t p = 0; p < body.pages; ++p)
      if (body.is_dead(static_cast<std::uint32_t>(p)))
        fail(errc::argument, "cascade: need a prefix with no page released; got page " + count_text(p) +
                                 " of KV head " + count_text(h));
  }
}

template <class A, class T, class Threads, class C, class Logit>
void add_shared(const Threads& threads, matrix_view<const float> q, index_t sequences, const C& cache,
                const state_view& st, float scale, const Logit& logit, workspace& memory) {
  const index_t heads = cache.kv_heads(), rows = sequences * heads;
  const cache_rows<C> source{cache};
  index_t tokens = 0;
  for (index_t h = 0; h < heads; ++h)
    if (source.tokens_of(h) > tokens) tokens = source.tokens_of(h);
  if (rows == 0 || tokens == 0) return;
  const index_t most = (tall_items + heads - 1) / heads,
                room = (tiles_for(tokens) + least_piece - 1) / least_piece;
  const tile_shape<T> shape{{static_cast<int>(q.cols()), static_cast<int>(tile_side)}};
  tall_job<T, C, Logit> j{source, q,     sequences, heads, q.rows() / rows, most < room ? most : room,
                          logit,  scale, shape};
  run_tall<A>(threads, j, st, memory);
}

/// st += the attention of q to a cache that all sequences share.
template <class T, class Threads, class Simd, class C>
void add_shared(const exec<Threads, Simd>& where, matrix_view<const float> q, index_t sequences,
                const C& cache, const state_view& st, const cascade_options<T>& o, workspace& memory) {
  using A = simd::arch_of_t<Simd>;
  const float scale = o.scale != 0 ? o.scale : 1 / std::sqrt(static_cast<float>(q.cols()));
  if (o.soft_cap > 0)
    add_shared<A, T>(where.threads, q, sequences, cache, st, scale, logit::soft_cap{o.soft_cap}, memory);
  else
    add_shared<A, T>(where.threads, q, sequences, cache, st, scale * log2e, logit::unchanged{}, memory);
}

}  // namespace kernel

/// The state of every row of Q over a cache that all of `sequences` share. Fails with errc::shape, and errc::argument when
/// a page of it was released.
template <exec_policy Exec, query_rows Q, kv_source C, class T = float>
attention_state shared_state(const Exec& where, const Q& q, index_t sequences, const C& cache,
                             const cascade_options<T>& options = {}) {
  const matrix_view<const float> rows = as_view(q);
  kernel::check_shared(cache, sequences, rows);
  attention_state s(rows.rows(), kv_shape(cache.shape()).width());
  workspace own;
  kernel::add_shared(where, rows, sequences, cache, s.view(), options, where.scratch ? *where.scratch : own);
  return s;
}
template <query_rows Q, kv_source C, class T = float>
attention_state shared_state(const Q& q, index_t sequences, const C& cache,
                             const cascade_options<T>& options = {}) {
  return shared_state(exec{}, q, sequences, cache, options);
}

/// Out = softmax(scale Q K^T) V over the prefix and each sequence's own tokens. Fails with errc::shape when sizes do not fit,
/// errc::argument when a page of the prefix was released.
template <exec_policy Exec, query_rows Q, kv_source P, detail::source_pointers S, dense_operand Out,
          class T = float>
void cascade(const Exec& where, const Q& q, const P& prefix, const S& suffixes, Out&& out,
             const cascade_options<T>& options = {}) {
  const matrix_view<const float> rows = as_view(q);
  const auto y = as_view(out);
  const auto sequences = static_cast<index_t>(suffixes.size());
  kernel::check_shared(prefix, sequences, rows);
  const index_t width = kv_shape(prefix.shape()).width();
  workspace own;
  workspace& memory = where.scratch ? *where.scratch : own;
  const decode_options suffix{.scale = options.scale, .soft_cap = options.soft_cap};
  const auto run = [&](auto& c) {
    if (y.rows() != c.q.rows() || y.cols() != c.q.cols() || c.heads != prefix.kv_heads() ||
        (options.lse.size() != 0 && options.lse.size() != c.q.rows()))
      fail(errc::shape,
           "cascade: need Q, out and lse of as many rows and suffixes of the prefix's KV heads; got Q " +
               shape_text(c.q.rows(), c.q.cols()) + ", out " + shape_text(y.rows(), y.cols()) + ", lse " +
               count_text(options.lse.size()) + ", " + count_text(c.heads) + " and " +
               count_text(prefix.kv_heads()) + " KV heads");
    const state_view st = kernel::states_at(memory.outer_floats(c.q.rows() * (width + 2)), c.q.rows(), width);
    kernel::run_decode_on(where, c, &st, memory, suffix);
    kernel::add_shared(where, c.q, sequences, prefix, st, options, memory);
    for (index_t r = 0; r < options.lse.size(); ++r) options.lse[r] = log_sum(st, r);
    finish(st, y);
  };
  if (sequences > 0) kernel::with_call(q, suffixes, run, suffix);
}
template <query_rows Q, kv_source P, detail::source_pointers S, dense_operand Out, class T = float>
void cascade(const Q& q, const P& prefix, const S& suffixes, Out&& out,
             const cascade_options<T>& options = {}) {
  cascade(exec{}, q, prefix, suffixes, out, options);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
