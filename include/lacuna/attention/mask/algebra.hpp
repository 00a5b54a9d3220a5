#pragma once
// SPDX-License-Identifier: BSL-1.0
// Masks from masks: a & b (both see), a | b (either sees), ~a (does not see). If one part is per head, so is the whole.
//
//   causal{} & (window{1024} | sinks{4})
//
// Two partial covers may add up to all or nothing of a tile: "partial" is still right, and only slower.
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

/// Both see: what one hides is hidden.
struct meet {
  static constexpr cover decides = cover::absent;
  LACUNA_INLINE static constexpr cover covers(cover x, cover y) { return x < y ? x : y; }
  LACUNA_INLINE static constexpr std::uint64_t row(std::uint64_t x, std::uint64_t y) { return x & y; }
};
/// Either sees.
struct join {
  static constexpr cover decides = cover::full;
  LACUNA_INLINE static constexpr cover covers(cover x, cover y) { return x > y ? x : y; }
  LACUNA_INLINE static constexpr std::uint64_t row(std::uint64_t x, std::uint64_t y) { return x | y; }
};

template <class How, pattern A, pattern B>
struct combined {
  A a;
  B b;

  LACUNA_INLINE constexpr cover covers(const tile& t) const requires(uniform<A>&& uniform<B>) {
    const cover x = a.covers(t);
    return x == How::decides ? x : How::covers(x, b.covers(t));
  }
  LACUNA_INLINE constexpr std::uint64_t row(index_t q, index_t k0) const requires(uniform<A>&& uniform<B>) {
    return How::row(a.row(q, k0), b.row(q, k0));
  }
  constexpr auto head(index_t h) const requires(by_head<A> || by_head<B>) {
    const auto x = of_head(a, h);
    const auto y = of_head(b, h);
    return combined<How, decltype(of_head(a, h)), decltype(of_head(b, h))>{x, y};
  }
};

template <pattern A, pattern B>
using both = combined<meet, A, B>;
template <pattern A, pattern B>
using either = combined<join, A, B>;

template <pattern A>
struct unseen {
  A a;

  LACUNA_INLINE constexpr cover covers(const tile& t) const requires uniform<A> {
    const cover x = a.covers(t);
    return x == cover::absent ? cover::full : x == cover::full ? cover::absent : x;
  }
  LACUNA_INLINE constexpr std::uint64_t row(index_t q, index_t k0) const requires uniform<A> {
    return ~a.row(q, k0);
  }
  constexpr auto head(index_t h) const requires by_head<A> {
    const auto x = of_head(a, h);
    return unseen<decltype(of_head(a, h))>{x};
  }
};

template <pattern A, pattern B>
constexpr both<A, B> operator&(A a, B b) {
  return {a, b};
}
template <pattern A, pattern B>
constexpr either<A, B> operator|(A a, B b) {
  return {a, b};
}
template <pattern A>
constexpr unseen<A> operator~(A a) {
  return {a};
}

}  // namespace lacuna::mask
