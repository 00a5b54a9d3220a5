#pragma once
// SPDX-License-Identifier: BSL-1.0
// sinks{n}: the first n keys (StreamingLLM).
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

struct sinks {
  index_t n = 0;

  LACUNA_INLINE constexpr cover covers(const tile& t) const {
    return t.k1 <= n ? cover::full : t.k0 >= n ? cover::absent : cover::partial;
  }
  LACUNA_INLINE constexpr std::uint64_t row(index_t, index_t k0) const { return first_bits(n - k0); }
};

}  // namespace lacuna::mask
