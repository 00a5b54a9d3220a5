#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a mask is: a set of (query, key) positions that answers two questions.
//
//   covers(tile)   none of it, all of it, or some ("partial" is always a right answer)
//   row(q, k0)     bit b: query q sees key k0 + b
//
// Masks are plain values without state; a type of the user's own is a mask when it answers both. A query's position is
// its number plus an offset, so that the last query stands at the last key unless the caller says otherwise.
#include <concepts>
#include <cstdint>
#include <lacuna/core/types.hpp>

namespace lacuna {
namespace mask {

/// Queries [q0, q1) x keys [k0, k1), as positions; never empty.
struct tile {
  index_t q0, q1, k0, k1;
};
enum class cover : std::uint8_t { absent, partial, full };

/// The lowest n of 64 bits; none below 0, all from 64 on.
LACUNA_INLINE constexpr std::uint64_t first_bits(index_t n) {
  return n <= 0 ? 0 : n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
}
/// Bit b: low <= k0 + b < high.
LACUNA_INLINE constexpr std::uint64_t bits_between(index_t low, index_t high, index_t k0) {
  return first_bits(high - k0) & ~first_bits(low - k0);
}

/// A mask that is the same for all heads.
template <class M>
concept uniform = requires(const M& m, const tile& t, index_t i) {
  { m.covers(t) } -> std::same_as<cover>;
  { m.row(i, i) } -> std::same_as<std::uint64_t>;
};
/// A mask for each query head: head(h) gives it.
template <class M>
concept by_head = requires(const M& m, index_t h) {
  { m.head(h) } -> uniform;
};
template <class M>
concept pattern = uniform<M> || by_head<M>;

/// The mask of query head h.
template <pattern M>
LACUNA_INLINE constexpr auto of_head(const M& m, [[maybe_unused]] index_t h) {
  if constexpr (by_head<M>)
    return m.head(h);
  else
    return m;
}

}  // namespace mask
}  // namespace lacuna
