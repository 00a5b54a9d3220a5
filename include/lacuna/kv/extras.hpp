#pragma once
// SPDX-License-Identifier: BSL-1.0
// What follows K and V in kv_cache<K, V, Extras...>: which of them is the tail, which are summaries, and the store that
// these make.
#include <lacuna/kv/codec/plain.hpp>
#include <lacuna/kv/store.hpp>

namespace lacuna {
namespace detail {

/// Chosen by the codecs: a tail where one of them cannot write a single token.
struct automatic_tail {};
/// The word of the tail among what comes after K and V.
template <class...>
struct tail_among {
  using type = automatic_tail;
};
template <class First, class... More>
struct tail_among<First, More...> {
  using type = First;
  static_assert((kv_summary<More> && ...), "lacuna: a cache has one tail; what else it keeps are summaries");
};
template <kv_summary First, class... More>
struct tail_among<First, More...> : tail_among<More...> {};

template <class K, class V, class Tail>
struct tail_word {
  using type = Tail;
};
template <class K, class V>
struct tail_word<K, V, automatic_tail> {
  using type = std::conditional_t<in_place<K> && in_place<V>, no_tail, bf16>;
};
template <class T>
struct tail_codecs {
  using key = key_codec_of<T>;
  using value = value_codec_of<T>;
  static_assert(in_place<key> && in_place<value>, "lacuna: a tail is of float, f16 or bf16");
};
template <>
struct tail_codecs<no_tail> {
  using key = no_tail;
  using value = no_tail;
};

/// A store with the summaries among Extras, in their order.
template <class Base, class... Extras>
struct store_with;
template <class K, class V, class TK, class TV, class... Kinds>
struct store_with<kv_store<K, V, TK, TV, Kinds...>> {
  using type = kv_store<K, V, TK, TV, Kinds...>;
};
template <class Base, class First, class... More>
struct store_with<Base, First, More...> : store_with<Base, More...> {};
template <class K, class V, class TK, class TV, class... Kinds, kv_summary First, class... More>
struct store_with<kv_store<K, V, TK, TV, Kinds...>, First, More...>
    : store_with<kv_store<K, V, TK, TV, Kinds..., First>, More...> {};

/// A codec that writes whole pages needs a tail, where single tokens wait.
template <class K, class V, class... Extras>
concept whole_pages_have_a_tail =
    (in_place<key_codec_of<K>> && in_place<value_codec_of<V>>) ||
    !std::is_same_v<
        typename tail_word<key_codec_of<K>, value_codec_of<V>, typename tail_among<Extras...>::type>::type,
        no_tail>;

}  // namespace detail
}  // namespace lacuna
