#pragma once
// SPDX-License-Identifier: BSL-1.0
// A store is made, forked and read: what kv_cache does beside changing its tokens.
#include <lacuna/kv/append.hpp>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

template <class C>
C with_keep(C codec, const kv_options& o) {
  if constexpr (requires { codec.keep = 0; })
    if (o.keep > 0) codec.keep = static_cast<decltype(codec.keep)>(o.keep);
  if constexpr (requires { codec.check(kv_shape{}); }) codec.check(kv_shape{o.head_dim, o.page});
  return codec;
}

template <class Store>
Store* make_store(kv_options o, const typename Store::key_type& key, const typename Store::value_type& value,
                  const typename Store::summary_types& kinds) {
  check_options(o, Store::tailed);
  const kv_shape z{o.head_dim, o.page};
  auto* const m = new Store;
  const auto guard = [&] {
    m->key = with_keep(key, o);
    m->value = with_keep(value, o);
    kv_sections s{key_bytes(m->key, z), value_bytes(m->value, z), 0, 0, sizeof(Store)};
    if constexpr (Store::tailed)
      s.tail_key = key_bytes(m->tail_key, z), s.tail_value = value_bytes(m->tail_value, z);
    m->kinds = kinds;
    std::array<summary_sizes, Store::kinds_count> sizes;
    std::apply(
        [&](const auto&... kind) {
          std::size_t n = 0;
          ((sizes[n++] = kind.sizes(z, o.kv_heads)), ...);
        },
        kinds);
    m->summaries = m->kept.data(), m->summary_count = static_cast<index_t>(Store::kinds_count);
    s.summaries = sizes.data(), s.summary_count = m->summary_count;
    make_memory(*m, o, s);
    m->used[0] = 1;
  };
#if LACUNA_EXCEPTIONS
  try {
    guard();
  } catch (...) {
    delete m;
    throw;
  }
#else
  guard();
#endif
  return m;
}

template <class Store>
index_t fork_of(Store& m, index_t sequence) {
  const index_t id = fork_sequence(m, sequence);
  if (id < 0)
    fail(errc::overflow, "fork: need a free one of the " + count_text(m.options.sequences) +
                             " sequences of this cache; got all in use");
  return id;
}

/// Row `position` of head i as it is stored, width floats each; false in a hole.
template <class Store>
bool get_row(const Store& m, index_t i, index_t position, float* k, float* v) {
  const kv_head& h = m.heads[i];
  if (position < 0 || position >= h.tokens)
    fail(errc::argument,
         "get: need 0 <= position < " + count_text(h.tokens) + "; got " + count_text(position));
  const auto lane = static_cast<int>(position % m.shape.page);
  if constexpr (Store::tailed)
    if (position >= h.packed) {
      const std::uint32_t slot = m.tail_slots(i)[(position - h.packed) / m.shape.page];
      m.tail_key.get(simd::best{}, m.tails.key(slot), lane, k, m.shape);
      m.tail_value.get(simd::best{}, m.tails.value(slot), lane, v, m.shape);
      return true;
    }
  const std::uint32_t slot = m.slots(i)[position / m.shape.page];
  if (slot == dead) return false;
  m.key.get(simd::best{}, m.pages.planes.key(slot), lane, k, m.shape);
  m.value.get(simd::best{}, m.pages.planes.value(slot), lane, v, m.shape);
  return true;
}

/// Summary k of head i, as scorers read it.
inline summary::view view_of(const kv_memory& m, std::size_t k, index_t i) {
  const summary_memory& s = m.summaries[k];
  const unit_windows w = s.sizes.windows;
  const index_t n = covered(s, m.heads[i]);
  return {s.tiles.planes.view(s.slots(i), w.tiles(n), w.begun(n), s.sizes.shape), w, w.closed(n), n};
}

inline index_t checked_head(const kv_memory& m, index_t sequence, index_t head) {
  if (head < 0 || head >= m.options.kv_heads)
    fail(errc::argument,
         "kv_cache: need 0 <= head < " + count_text(m.options.kv_heads) + "; got " + count_text(head));
  return sequence * m.options.kv_heads + head;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
