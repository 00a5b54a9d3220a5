#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a published system promises, as a constant that the typed suite of tests reads: it runs what is promised and
// asserts that the rest fails, so that a documented weakness stays documented.
//
//   static constexpr promises keeps = promise::full_budget | promise::needle | ...;
namespace lacuna {

/// A set of promises.
using promises = unsigned;

namespace promise {

inline constexpr promises full_budget = 1;  ///< T1: with amounts that reach everything the result is dense
inline constexpr promises needle = 2;       ///< T2: a key that outweighs all others is selected
inline constexpr promises forced = 4;  ///< T3: the query's own block is always there, and no key after it
inline constexpr promises mass = 8;    ///< T4: |out - dense| <= 2 (1 - mass kept) max |v|
inline constexpr promises merge = 16;  ///< T5: any split of what is selected merges to the same
inline constexpr promises incremental = 32;  ///< T6: tokens in parts select what they select at once
inline constexpr promises round_trip = 64;   ///< T7: what is stored is read back as specified
inline constexpr promises groups = 128;      ///< T8: equal queries of a group select alike
inline constexpr promises turns = 256;       ///< T9: a second query still finds its own needle

}  // namespace promise
}  // namespace lacuna
