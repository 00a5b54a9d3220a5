#pragma once
// SPDX-License-Identifier: BSL-1.0
// decode: one new query per head over a cache.
//
//   decode(q, cache, out)                                      q, out[query heads, head size]
//   decode(exec{openmp{2}, native{}, &memory}, q, cache, out, lists, decode_options{.soft_cap = 30})
//   decode(q, cache, out, select::top_k<estimate::box_bound<>>{.budget = 4096})
//   decode(q, caches, out)                                     caches: pointers to caches of different lengths; q, out[sequences * query heads, head size]
//   auto s = decode_state(q, prefix); merge(s, decode_state(q, own)); finish(s, out);
//
// Up to 8 query heads of a KV head share each load. With a workspace of the caller nothing is allocated once it has
// grown; decode_floats says its size beforehand. Any number of threads gives the same bits.
#include <lacuna/attention/decode/run.hpp>
#include <lacuna/attention/select/run.hpp>

namespace lacuna {

namespace detail {
template <class C>
concept source_pointers = requires(const C& c) {
  {*c.data()};
  { c.size() } -> std::convertible_to<index_t>;
  requires std::is_pointer_v<std::remove_cvref_t<decltype(*c.data())>>;
  requires kv_source<std::remove_cv_t<std::remove_pointer_t<std::remove_cvref_t<decltype(*c.data())>>>>;
};
template <class C>
struct source_of {
  using type = C;
};
template <source_pointers C>
struct source_of<C> {
  using type = std::remove_cv_t<
      std::remove_pointer_t<std::remove_cvref_t<decltype(*std::declval<const C&>().data())>>>;
};
/// Lists, amounts, or a selector for this kind of cache.
template <class P, class C>
concept decode_policy = std::same_as<P, page_lists> || std::same_as<P, decode_options> ||
    selector_for<P, typename source_of<C>::type>;
}  // namespace detail

/// What `choose` made; owns it.
struct chosen_lists {
  buffer<page_ref> refs;
  buffer<index_t> start;
  LACUNA_INLINE page_lists view() const { return {refs, start}; }
};

/// One cache, or an array of pointers to caches of the same heads and shape.
template <class C>
concept kv_sources = kv_source<C> || detail::source_pointers<C>;
/// Rows of floats.
template <class Q>
concept query_rows = dense_operand<const Q&> && requires(const Q& q) {
  { as_view(q) } -> std::convertible_to<matrix_view<const float>>;
};

inline namespace LACUNA_ARCH {
namespace kernel {

template <class Source>
LACUNA_INLINE void set_policy(decode_call<Source>& c, const page_lists& lists) {
  c.lists = &lists;
}
template <class Source>
LACUNA_INLINE void set_policy(decode_call<Source>& c, const decode_options& o) {
  c.options = o;
}
template <class Source, selector_for<Source> S>
LACUNA_INLINE void set_policy(decode_call<Source>& c, const S&) {
  c.per_query = runs_per_query<S>;
}

/// f(a checked call) for a cache or an array of them.
template <class Q, class C, class F, class... Policies>
auto with_call(const Q& q, const C& cache, const F& f, const Policies&... policies) {
  using source = typename lacuna::detail::source_of<C>::type;
  const source* one[1] = {nullptr};
  const source* const* sources = one;
  index_t batch = 1;
  if constexpr (kv_source<C>) {
    one[0] = &cache;
  } else {
    batch = static_cast<index_t>(cache.size());
    sources = cache.data();
  }
  decode_call<source> c{sources, batch, as_view(q), nullptr, {}};
  (set_policy(c, policies), ...);
  check_call(c);
  return f(c);
}

/// The selector of a call, if there is one, then what it chose.
template <class Exec, class Source, class... Policies>
state_view run_decode_on(const Exec& where, decode_call<Source>& c, const state_view* st, workspace& memory,
                         const Policies&... policies) {
  using A = simd::arch_of_t<std::remove_cvref_t<decltype(where.simd)>>;
  index_t reserved = 0;
  [[maybe_unused]] const auto choose = [&](const auto& policy) {
    if constexpr (selector_for<std::remove_cvref_t<decltype(policy)>, Source>)
      reserved = run_select<A>(where.threads, policy, c, most_floats(c, where.threads.width()), memory);
  };
  (choose(policies), ...);
  return run_decode<A>(where.threads, c, st, memory, reserved);
}

}  // namespace kernel

/// Out = softmax(scale Q K^T) V over the tokens of the cache, or those that lists name or a selector chooses; policies:
/// page_lists or a selector (attention/select, attention/systems), decode_options. A tail is always attended. Nothing to attend gives zeros. Fails with errc::shape when sizes do not fit, errc::argument for a
/// listed token past the end.
template <exec_policy Exec, query_rows Q, kv_sources C, dense_operand Out,
          detail::decode_policy<C>... Policies>
void decode(const Exec& where, const Q& q, const C& cache, Out&& out, const Policies&... policies) {
  const auto y = as_view(out);
  const auto run = [&](auto& c) {
    if (y.rows() != c.q.rows() || y.cols() != c.q.cols())
      fail(errc::shape, "decode: need Q and out of one shape; got Q " + shape_text(c.q.rows(), c.q.cols()) +
                            ", out " + shape_text(y.rows(), y.cols()));
    workspace own;
    finish(kernel::run_decode_on(where, c, nullptr, where.scratch ? *where.scratch : own, policies...), y);
  };
  kernel::with_call(q, cache, run, policies...);
}
template <query_rows Q, kv_sources C, dense_operand Out, detail::decode_policy<C>... Policies>
void decode(const Q& q, const C& cache, Out&& out, const Policies&... policies) {
  decode(exec{}, q, cache, out, policies...);
}

/// The same before the division, for merge and finish.
template <exec_policy Exec, query_rows Q, kv_sources C, detail::decode_policy<C>... Policies>
attention_state decode_state(const Exec& where, const Q& q, const C& cache, const Policies&... policies) {
  const auto run = [&](auto& c) {
    attention_state s(c.q.rows(), c.shape.width());
    workspace own;
    const state_view view = s.view();
    kernel::run_decode_on(where, c, &view, where.scratch ? *where.scratch : own, policies...);
    return s;
  };
  return kernel::with_call(q, cache, run, policies...);
}
template <query_rows Q, kv_sources C, detail::decode_policy<C>... Policies>
attention_state decode_state(const Q& q, const C& cache, const Policies&... policies) {
  return decode_state(exec{}, q, cache, policies...);
}

/// The lists that a selector makes for a step, without the step: for one cache or many, one for each KV head or, if the
/// selector runs for each query, for each row of Q. What `every` remembers moves on as in a step.
template <exec_policy Exec, query_rows Q, kv_sources C, class Selector>
requires selector_for<Selector, typename lacuna::detail::source_of<C>::type> chosen_lists
choose(const Exec& where, const Q& q, const C& cache, const Selector& selector,
       const decode_options& options = {}) {
  const auto run = [&](auto& c) {
    using A = simd::arch_of_t<std::remove_cvref_t<decltype(where.simd)>>;
    workspace own;
    workspace& memory = where.scratch ? *where.scratch : own;
    kernel::run_select<A>(where.threads, selector, c, 0, memory);
    index_t total = 0;
    const index_t lists = kernel::lists_of(c);
    for (index_t i = 0; i < lists; ++i) total += c.chosen[i].count;
    chosen_lists all{buffer<page_ref>(total), buffer<index_t>(lists + 1)};
    for (index_t i = 0, at = 0; i < lists; ++i) {
      for (index_t n = 0; n < c.chosen[i].count; ++n) all.refs[at++] = c.chosen[i].refs[n];
      all.start[i + 1] = at;
    }
    return all;
  };
  return kernel::with_call(q, cache, run, selector, options);
}
template <query_rows Q, kv_sources C, class Selector>
requires selector_for<Selector, typename lacuna::detail::source_of<C>::type> chosen_lists
choose(const Q& q, const C& cache, const Selector& selector, const decode_options& options = {}) {
  return choose(exec{}, q, cache, selector, options);
}

/// Floats that a workspace needs so that no decode allocates: for `threads` workers, `sequences` caches of up to
/// `tokens` tokens (a tail included), `query_heads` rows of Q each.
inline index_t decode_floats(index_t threads, index_t sequences, index_t kv_heads, index_t query_heads,
                             index_t tokens, kv_shape shape) {
  const index_t per = kernel::piece_pages(shape) * shape.page, rows = sequences * query_heads;
  const index_t most =
      rows > sequences * kv_heads ? rows : sequences * kv_heads;  // a task for each query head
  const index_t pieces = most * ((tokens + per - 1) / per + 1);
  auto n = kernel::scratch_of(threads, most, pieces, most_group, shape);
  n.states = rows + 16;
  return n.floats();
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
