#pragma once
// SPDX-License-Identifier: BSL-1.0
// A mask of each query head's own: per_head{f} with f(h) a mask, and one_of for heads of two kinds.
//
//   per_head{[&](index_t h) { return block_csr{.ptr = ptr[h], .idx = idx[h]}; }}
//   per_head{[&](index_t h) { return one_of{streaming[h], window{256} | sinks{4}, every{}}; }} & causal{}
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

template <class F>
struct per_head {
  F f;
  constexpr auto head(index_t h) const { return f(h); }
};
template <class F>
per_head(F) -> per_head<F>;

/// a if `first`, else b.
template <uniform A, uniform B>
struct one_of {
  bool first = true;
  A a{};
  B b{};

  LACUNA_INLINE constexpr cover covers(const tile& t) const { return first ? a.covers(t) : b.covers(t); }
  LACUNA_INLINE constexpr std::uint64_t row(index_t q, index_t k0) const {
    return first ? a.row(q, k0) : b.row(q, k0);
  }
};
template <class A, class B>
one_of(bool, A, B) -> one_of<A, B>;

}  // namespace lacuna::mask
