#pragma once
// SPDX-License-Identifier: BSL-1.0
// prefill: many queries at once, over the keys that a mask keeps.
//
//   prefill(q, k, v, out, mask::causal{} & (mask::window{1024} | mask::sinks{4}));
//   prefill(exec{openmp{2}}, q, k, v, out, mask::causal{}, prefill_options<bf16>{.scale = 0.1f});
//   prefill(q, cache, out, mask::causal{});                          chunked: Q are the last tokens of the cache
//   auto s = prefill_state(q, k1, v1, m); merge(s, prefill_state(q, k2, v2, m)); finish(s, rows);
//
// q, out: head_view [heads][tokens][dim]; k, v: [kv heads][tokens][dim], query head h reads KV head h / (heads / kv
// heads). float, bf16 or f16 each. A query that sees nothing gets zeros, and lse -inf. A value that is
// not finite may show in queries of its tile that do not see it. Any number of threads gives the
// same bits. With a workspace of the caller nothing is allocated once it has grown.
#include <lacuna/attention/mask.hpp>
#include <lacuna/attention/prefill/keys_outer.hpp>
#include <lacuna/attention/prefill/mass.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <class Source, class Query>
void check_prefill(const Source& source, const head_view<Query>& q, index_t out_heads, index_t out_tokens,
                   index_t out_dim) {
  const auto text = [](index_t heads, index_t tokens, index_t dim) {
    return count_text(heads) + " heads of " + shape_text(tokens, dim);
  };
  const bool groups = source.heads() > 0 ? q.heads() % source.heads() == 0 : q.heads() == 0;
  if (!groups || q.dim() != source.dim() || q.dim() < 1 || q.dim() > most_head_dim ||
      out_heads != q.heads() || out_tokens != q.tokens() || out_dim != q.dim())
    fail(errc::shape,
         "prefill: need Q[heads][n][dim], K and V[kv heads][tokens][dim] -> out[heads][n][dim] with "
         "kv heads dividing heads and 1 <= dim <= " +
             count_text(most_head_dim) + "; got Q " + text(q.heads(), q.tokens(), q.dim()) + ", K " +
             text(source.heads(), source.tokens(), source.dim()) + ", out " +
             text(out_heads, out_tokens, out_dim));
}
template <class K, class V>
void check_tensors(const tensor_rows<K, V>& rows) {
  const auto &k = rows.k, &v = rows.v;
  if (k.heads() != v.heads() || k.tokens() != v.tokens() || k.dim() != v.dim())
    fail(errc::shape, "prefill: need K and V of one shape; got K " + count_text(k.heads()) + " heads of " +
                          shape_text(k.tokens(), k.dim()) + ", V " + count_text(v.heads()) + " heads of " +
                          shape_text(v.tokens(), v.dim()));
}
inline void check_state(const state_view& s, index_t rows, index_t dim) {
  if (s.rows != rows || s.dim != dim)
    fail(errc::shape, "prefill_state: need a state [heads * tokens, dim], " + shape_text(rows, dim) +
                          "; got " + shape_text(s.rows, s.dim));
}
inline void check_starts(array_view<const index_t> q, array_view<const index_t> k, index_t nq, index_t nk) {
  if (q.size() == 0 && k.size() == 0) return;
  const auto spans = [](array_view<const index_t> start, index_t n) {
    bool good = start.size() > 0 && start[0] == 0 && start[start.size() - 1] == n;
    for (index_t i = 1; i < start.size(); ++i) good = good && start[i - 1] <= start[i];
    return good;
  };
  if (q.size() != k.size() || !spans(q, nq) || !spans(k, nk))
    fail(errc::argument,
         "prefill: need q_start and k_start of one length, ascending from 0 to the tokens; got " +
             count_text(q.size()) + " and " + count_text(k.size()) + " for " + count_text(nq) + " and " +
             count_text(nk) + " tokens");
}
template <class Options>
void check_results(const Options& o, index_t rows, index_t kv_heads, index_t tokens) {
  if (o.lse.size() > 0 && o.lse.size() != rows)
    fail(errc::shape,
         "prefill: need lse[heads * tokens of Q], " + count_text(rows) + "; got " + count_text(o.lse.size()));
  if (o.mass.data() != nullptr && (o.mass.rows() != kv_heads || o.mass.cols() < tokens))
    fail(errc::shape, "prefill: need mass[kv heads, >= tokens of K], " + shape_text(kv_heads, tokens) +
                          "; got " + shape_text(o.mass.rows(), o.mass.cols()));
}

/// Plans, takes memory and runs.
template <class T, class Threads, class Simd, class Query, class Source, class M, class Logit, class Out>
void run_prefill(const exec<Threads, Simd>& where, head_view<const Query> q, const Source& source,
                 const prefill_sink<Out>& sink, const M& m, const prefill_options<T, Logit>& o) {
  using A = simd::arch_of_t<Simd>;
  using P = product_of<A, T>;
  check_starts(o.q_start, o.k_start, q.tokens(), source.tokens());
  check_results(o, q.heads() * q.tokens(), source.heads(), source.tokens());
  if (o.mass.data() != nullptr)
    for (index_t h = 0; h < source.heads(); ++h) std::fill_n(&o.mass(h, 0), source.tokens(), 0.0f);
  if (q.heads() == 0 || q.tokens() == 0) return;
  prefill_plan<M> plan{m,        q.heads(), source.heads(), q.tokens(), source.tokens(),
                       o.offset, o.q_start, o.k_start};
  plan.count();
  const tile_shape<P> shape{{static_cast<int>(q.dim()), static_cast<int>(tile_side)}};
  const bool tall = o.order == loop_order::keys_outer;
  const index_t workers = where.threads.width();
  const float scale = o.scale != 0 ? o.scale : 1 / std::sqrt(static_cast<float>(q.dim()));
  prefill_job<P, Query, Source, M, Logit, Out> job{
      plan, q, source, o.logit, std::is_same_v<Logit, logit::unchanged> ? scale * log2e : scale, shape, sink};
  job.sink.tokens = q.tokens();
  job.sink.lse = o.lse;
  job.each = tile_scratch<P>::floats(shape) + (tall ? item_memory<P>::floats(shape, plan.group()) : 0);
  const auto carve = [&](carver& part) {
    plan.carve(part);
    job.workers = part.take<float>(workers * job.each);
    if (o.mass.data() != nullptr) job.sink.log2_sums = part.take<float>(q.heads() * q.tokens());
    if (!tall) job.packed = part.take<float>(plan.kv_heads * plan.k_tiles * 2 * shape.packed());
  };
  carver count(nullptr);
  carve(count);
  workspace own;
  carver part((where.scratch ? *where.scratch : own).floats(count.floats()));
  carve(part);
  plan.fill();
  tall ? run_keys_outer<A>(where.threads, workers, job) : run_queries_outer<A>(where.threads, workers, job);
  if (o.mass.data() != nullptr) run_mass<A>(where.threads, workers, job, o.mass);
}

}  // namespace kernel

/// Fails with errc::shape or errc::argument unless the sizes fit (above).
template <exec_policy Exec, class Q, class K, class V, class Out, mask::pattern M, class T = float,
          class Logit = logit::unchanged>
void prefill(const Exec& where, head_view<Q> q, head_view<K> k, head_view<V> v, head_view<Out> out,
             const M& m, const prefill_options<T, Logit>& options = {}) {
  using kernel::tensor_rows;
  const tensor_rows<std::remove_const_t<K>, std::remove_const_t<V>> rows{k, v};
  kernel::check_tensors(rows);
  kernel::check_prefill(rows, q, out.heads(), out.tokens(), out.dim());
  kernel::run_prefill<T>(where, head_view<const Q>(q), rows, kernel::prefill_sink<Out>{out}, m, options);
}
template <class Q, class K, class V, class Out, mask::pattern M, class T = float,
          class Logit = logit::unchanged>
void prefill(head_view<Q> q, head_view<K> k, head_view<V> v, head_view<Out> out, const M& m,
             const prefill_options<T, Logit>& options = {}) {
  prefill(exec{}, q, k, v, out, m, options);
}

/// Over a cache, whose last tokens may be Q's own: rows are read back as they are stored.
template <exec_policy Exec, class Q, kv_source C, class Out, mask::pattern M, class T = float,
          class Logit = logit::unchanged>
void prefill(const Exec& where, head_view<Q> q, const C& cache, head_view<Out> out, const M& m,
             const prefill_options<T, Logit>& options = {}) {
  const kernel::cache_rows<C> rows{cache};
  kernel::check_rows(rows);
  kernel::check_prefill(rows, q, out.heads(), out.tokens(), out.dim());
  kernel::run_prefill<T>(where, head_view<const Q>(q), rows, kernel::prefill_sink<Out>{out}, m, options);
}
template <class Q, kv_source C, class Out, mask::pattern M, class T = float, class Logit = logit::unchanged>
void prefill(head_view<Q> q, const C& cache, head_view<Out> out, const M& m,
             const prefill_options<T, Logit>& options = {}) {
  prefill(exec{}, q, cache, out, m, options);
}

/// The state before it is divided, row h * tokens + t for query t of head h: merges with others over disjoint keys.
template <exec_policy Exec, class Q, class K, class V, mask::pattern M, class T = float,
          class Logit = logit::unchanged>
void prefill_state(const Exec& where, head_view<Q> q, head_view<K> k, head_view<V> v, const state_view& to,
                   const M& m, const prefill_options<T, Logit>& options = {}) {
  using kernel::tensor_rows;
  const tensor_rows<std::remove_const_t<K>, std::remove_const_t<V>> rows{k, v};
  kernel::check_tensors(rows);
  kernel::check_prefill(rows, q, q.heads(), q.tokens(), q.dim());
  kernel::check_state(to, q.heads() * q.tokens(), q.dim());
  kernel::run_prefill<T>(where, head_view<const Q>(q), rows, kernel::prefill_sink<float>{{}, &to}, m,
                         options);
}
template <class Q, class K, class V, mask::pattern M, class T = float, class Logit = logit::unchanged>
attention_state prefill_state(head_view<Q> q, head_view<K> k, head_view<V> v, const M& m,
                              const prefill_options<T, Logit>& options = {}) {
  attention_state s(q.heads() * q.tokens(), q.dim());
  prefill_state(exec{}, q, k, v, s.view(), m, options);
  return s;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
