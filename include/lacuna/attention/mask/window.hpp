#pragma once
// SPDX-License-Identifier: BSL-1.0
// window{n}: q - k < n, the last n keys up to the query itself; keys after it are causal's matter.
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

struct window {
  index_t n = 0;

  LACUNA_INLINE constexpr cover covers(const tile& t) const {
    return t.q1 - 1 - t.k0 < n ? cover::full : t.q0 - (t.k1 - 1) >= n ? cover::absent : cover::partial;
  }
  LACUNA_INLINE constexpr std::uint64_t row(index_t q, index_t k0) const {
    return ~first_bits(q - n + 1 - k0);
  }
};

}  // namespace lacuna::mask
