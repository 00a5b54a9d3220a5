#pragma once
// SPDX-License-Identifier: BSL-1.0
// compressed: keys that stand for windows of tokens; a query sees those whose window has ended (NSA, InfLLM-V2).
//
//   key m holds tokens m stride ... m stride + size - 1, seen when the last of them is at or before the query
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

struct compressed {
  index_t stride = 16, size = 32;  ///< tokens; >= 1
  index_t shift = 0;  ///< tokens less compressed keys: what "the last query stands at the last key" is off by

  constexpr cover covers(const tile& t) const {
    return t.k1 <= seen(t.q0) ? cover::full : t.k0 >= seen(t.q1 - 1) ? cover::absent : cover::partial;
  }
  constexpr std::uint64_t row(index_t q, index_t k0) const { return first_bits(seen(q) - k0); }

 private:
  /// Keys that position q sees.
  constexpr index_t seen(index_t q) const {
    const index_t whole = q + shift - size + 1;
    return whole < 0 ? 0 : whole / stride + 1;
  }
};

}  // namespace lacuna::mask
