#pragma once
// SPDX-License-Identifier: BSL-1.0
// A set of units (tokens, blocks, diagonals, pages) as bits: sorted and disjoint by construction, whatever was put in.
//
//   unit u is bit u % 64 of words[u / 64]          bits at and past the last unit are zero
//
// Union is |, forced sets are more |: no list is merged and no unit is selected twice.
#include <bit>
#include <cstdint>
#include <lacuna/core/aligned.hpp>

namespace lacuna::select {

/// Words for n units.
LACUNA_INLINE constexpr index_t words_of(index_t n) { return (n + 63) / 64; }

LACUNA_INLINE constexpr bool has(const std::uint64_t* words, index_t u) {
  return (words[u >> 6] >> (u & 63) & 1) != 0;
}
LACUNA_INLINE constexpr void put(std::uint64_t* words, index_t u) {
  words[u >> 6] |= std::uint64_t{1} << (u & 63);
}

inline namespace LACUNA_ARCH {

/// Units [first, last) of n; what lies outside counts for nothing.
inline void put_range(std::uint64_t* words, index_t n, index_t first, index_t last) {
  first = first < 0 ? 0 : first;
  last = last > n ? n : last;
  for (index_t u = first; u < last;) {
    const index_t bit = u & 63, take = last - u < 64 - bit ? last - u : 64 - bit;
    const std::uint64_t ones = take == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << take) - 1;
    words[u >> 6] |= ones << bit;
    u += take;
  }
}
/// Units of [first, last) that are in the set; 0 <= first, last <= units.
inline index_t count(const std::uint64_t* words, index_t first, index_t last) {
  index_t n = 0;
  for (index_t u = first; u < last;) {
    const index_t bit = u & 63, take = last - u < 64 - bit ? last - u : 64 - bit;
    const std::uint64_t ones = take == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << take) - 1;
    n += std::popcount(words[u >> 6] >> bit & ones);
    u += take;
  }
  return n;
}
/// f(unit), ascending.
template <class F>
void for_each(const std::uint64_t* words, index_t n, const F& f) {
  for (index_t w = 0; w < words_of(n); ++w)
    for (std::uint64_t left = words[w]; left != 0; left &= left - 1) f(w * 64 + std::countr_zero(left));
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna::select
