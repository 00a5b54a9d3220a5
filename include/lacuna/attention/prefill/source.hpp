#pragma once
// SPDX-License-Identifier: BSL-1.0
// Where keys and values come from: the caller's tensors, or a cache. Both give rows of floats, up to 64 at a time.
#include <lacuna/attention/prefill/pack.hpp>
#include <lacuna/kv/source.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Two tensors [kv heads][tokens][dim].
template <class K, class V>
struct tensor_rows {
  head_view<const K> k;
  head_view<const V> v;

  LACUNA_INLINE index_t heads() const { return k.heads(); }
  LACUNA_INLINE index_t tokens() const { return k.tokens(); }
  LACUNA_INLINE index_t dim() const { return k.dim(); }
  /// Rows [t, t + n) of head h, `width` floats each.
  template <class A>
  LACUNA_INLINE void keys(A, index_t h, index_t t, index_t n, index_t width, float* to) const {
    for (index_t i = 0; i < n; ++i) widen_row<A>(k.row(h, t + i), dim(), width, 1.0f, to + i * width);
  }
  template <class A>
  LACUNA_INLINE void values(A, index_t h, index_t t, index_t n, index_t width, float* to) const {
    for (index_t i = 0; i < n; ++i) widen_row<A>(v.row(h, t + i), dim(), width, 1.0f, to + i * width);
  }
};

/// A cache: its body, then its tail if it has one. All heads have the same number of tokens, and no page is released.
template <kv_source C>
struct cache_rows {
  const C& cache;

  LACUNA_INLINE index_t heads() const { return cache.kv_heads(); }
  LACUNA_INLINE index_t dim() const { return cache.shape().head_dim; }
  LACUNA_INLINE index_t tokens() const { return heads() == 0 ? 0 : tokens_of(0); }
  index_t tokens_of(index_t h) const {
    index_t n = segment(cache.body(h)).tokens;
    if constexpr (has_tail<C>) n += segment(cache.tail(h)).tokens;
    return n;
  }
  template <class A>
  void keys(A arch, index_t h, index_t t, index_t n, index_t width, float* to) const {
    const segment body = cache.body(h);
    for (index_t i = t; i < t + n; ++i, to += width) {
      if (i < body.tokens) {
        get(arch, cache.key(), body.key(page_of(body, i)), body, i, to);
      } else if constexpr (has_tail<C>) {
        const segment tail = cache.tail(h);
        const index_t j = i - body.tokens;
        get(arch, cache.tail_key(), tail.key(page_of(tail, j)), tail, j, to);
      }
    }
  }
  template <class A>
  void values(A arch, index_t h, index_t t, index_t n, index_t width, float* to) const {
    const segment body = cache.body(h);
    for (index_t i = t; i < t + n; ++i, to += width) {
      if (i < body.tokens) {
        get(arch, cache.value(), body.value(page_of(body, i)), body, i, to);
      } else if constexpr (has_tail<C>) {
        const segment tail = cache.tail(h);
        const index_t j = i - body.tokens;
        get(arch, cache.tail_value(), tail.value(page_of(tail, j)), tail, j, to);
      }
    }
  }

 private:
  static std::uint32_t page_of(const segment& s, index_t t) {
    return static_cast<std::uint32_t>(t / s.shape.page);
  }
  template <class A, class Codec>
  static void get(A arch, const Codec& codec, const std::byte* section, const segment& s, index_t t,
                  float* to) {
    codec.get(arch, section, static_cast<int>(t % s.shape.page), to, s.shape);
  }
};

/// Fails with errc::argument unless a cache can be read as rows: O(pages).
template <kv_source C>
void check_rows(const cache_rows<C>& rows) {
  for (index_t h = 0; h < rows.heads(); ++h) {
    const segment body = rows.cache.body(h);
    bool whole = rows.tokens_of(h) == rows.tokens();
    for (index_t p = 0; p < body.pages; ++p) whole = whole && !body.is_dead(static_cast<std::uint32_t>(p));
    if (!whole)
      fail(errc::argument,
           "prefill: need a cache with the same tokens for all heads and no page released; got "
           "another at KV head " +
               count_text(h));
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
