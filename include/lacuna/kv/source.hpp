#pragma once
// SPDX-License-Identifier: BSL-1.0
// What decode asks of a cache of one sequence and layer; the store is one, a caller's own arrays may be another.
//
//   positions  [0, body tokens)  in the codecs key(), value()
//              then the tail     in tail_key(), tail_value(): tokens not yet compressed; only if the source has one
#include <lacuna/kv/codec/codec.hpp>

namespace lacuna {

/// - `kv_heads()`, `shape()`: the same for all heads. `body(h)`: the segment of KV head h; lengths may differ.
/// - `key()`, `value()`: the codecs of the body.
template <class C>
concept kv_source = requires(const C& c, index_t h) {
  { c.kv_heads() } -> std::convertible_to<index_t>;
  { c.shape() } -> std::convertible_to<kv_shape>;
  { c.body(h) } -> std::convertible_to<segment>;
  {c.key()};
  {c.value()};
  requires key_codec<std::remove_cvref_t<decltype(c.key())>>;
  requires value_codec<std::remove_cvref_t<decltype(c.value())>>;
};
/// Has a tail, in codecs of its own. Lists name pages of the body; the tail always counts.
template <class C>
concept has_tail = kv_source<C> && requires(const C& c, index_t h) {
  { c.tail(h) } -> std::convertible_to<segment>;
  {c.tail_key()};
  {c.tail_value()};
  requires key_codec<std::remove_cvref_t<decltype(c.tail_key())>>;
  requires value_codec<std::remove_cvref_t<decltype(c.tail_value())>>;
};

/// Keeps summary S: `summary<S>(h)` is its view of head h, `kind<S>()` its amounts.
template <class C, class S>
concept keeps_summary = requires(const C& c) {
  requires C::store::template place<S> < C::store::kinds_count;
  {c.template kind<S>()};
};

}  // namespace lacuna
