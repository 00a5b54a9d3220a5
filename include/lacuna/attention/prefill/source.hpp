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
    get_rows(
        arch, h, t, n, width, to, [](const C& c) LACUNA_LAMBDA -> auto& { return c.key(); },
        [](const auto& c) LACUNA_LAMBDA -> auto& { return c.tail_key(); },
        [](const segment& s, std::uint32_t page) LACUNA_LAMBDA { return s.key(page); });
  }
  template <class A>
  void values(A arch, index_t h, index_t t, index_t n, index_t width, float* to) const {
    get_rows(
        arch, h, t, n, width, to, [](const C& c) LACUNA_LAMBDA -> auto& { return c.value(); },
        [](const auto& c) LACUNA_LAMBDA -> auto& { return c.tail_value(); },
        [](const segment& s, std::uint32_t page) LACUNA_LAMBDA { return s.value(page); });
  }

 private:
  /// Rows t .. t + n of head h: `codec` and `tail_codec` of a cache, and section(segment, page), are those of keys or values.
  template <class A, class Codec, class TailCodec, class Section>
  void get_rows(A arch, index_t h, index_t t, index_t n, index_t width, float* to, const Codec& codec,
                [[maybe_unused]] const TailCodec& tail_codec, const Section& section) const {
    const auto get = [&](const auto& by, const segment& s, index_t i) {
      const auto page = static_cast<std::uint32_t>(i / s.shape.page);
      by.get(arch, section(s, page), static_cast<int>(i % s.shape.page), to, s.shape);
    };
    const segment body = cache.body(h);
    for (index_t i = t; i < t + n; ++i, to += width) {
      if (i < body.tokens)
        get(codec(cache), body, i);
      else if constexpr (has_tail<C>)
        get(tail_codec(cache), segment(cache.tail(h)), i - body.tokens);
    }
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
