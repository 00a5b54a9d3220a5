#pragma once
// SPDX-License-Identifier: BSL-1.0
// causal: k <= q.
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

struct causal {
  LACUNA_INLINE constexpr cover covers(const tile& t) const {
    return t.k1 - 1 <= t.q0 ? cover::full : t.k0 > t.q1 - 1 ? cover::absent : cover::partial;
  }
  LACUNA_INLINE constexpr std::uint64_t row(index_t q, index_t k0) const { return first_bits(q + 1 - k0); }
};

}  // namespace lacuna::mask
