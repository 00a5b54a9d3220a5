#pragma once
// SPDX-License-Identifier: BSL-1.0
// stride: every n-th block of keys for all queries, each head its own (S2-Attention's vertical stride).
//
//   seen when (k / block + shift + h * head_step) % every == 0 for query head h
//
// every 4, head_step 1:   head 0  x . . . x . . .     head 1  . . . x . . . x     together the heads see all blocks
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

struct stride {
  index_t every = 8;      ///< blocks; >= 1
  index_t block = 64;     ///< keys; >= 1
  index_t shift = 0;      ///< blocks; >= 0
  index_t head_step = 1;  ///< blocks from head to head; >= 0

  /// One head's.
  struct lines {
    index_t every, block, shift;

    constexpr bool sees(index_t k) const { return (k / block + shift) % every == 0; }
    LACUNA_INLINE constexpr cover covers(const tile& t) const {
      const index_t first = t.k0 / block + shift, last = (t.k1 - 1) / block + shift;
      if (every == 1) return cover::full;
      if (first == last) return first % every == 0 ? cover::full : cover::absent;
      return (first + every - 1) / every * every > last ? cover::absent : cover::partial;
    }
    LACUNA_INLINE constexpr std::uint64_t row(index_t, index_t k0) const {
      std::uint64_t bits = 0;
      for (index_t k = k0; k < k0 + 64; k = (k / block + 1) * block)
        if (sees(k)) bits |= bits_between(k, (k / block + 1) * block, k0);
      return bits;
    }
  };
  constexpr lines head(index_t h) const { return {every, block, shift + h * head_step}; }
};

}  // namespace lacuna::mask
