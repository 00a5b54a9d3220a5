#pragma once
// SPDX-License-Identifier: BSL-1.0
// slashes{list}: the diagonals q - k = d for each d of the list (MInference).
#include <algorithm>
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/core/aligned.hpp>

namespace lacuna::mask {

/// `distances` ascends without repetition; borrowed.
struct slashes {
  array_view<const index_t> distances{};

  LACUNA_INLINE cover covers(const tile& t) const {
    const index_t low = t.q0 - (t.k1 - 1), high = t.q1 - t.k0;  // the distances [low, high) of the tile
    const index_t n = from(high) - from(low);
    return n == 0 ? cover::absent : n == high - low ? cover::full : cover::partial;
  }
  LACUNA_INLINE std::uint64_t row(index_t q, index_t k0) const {
    std::uint64_t bits = 0;  // k = q - d lies in [k0, k0 + 64)
    for (const index_t* d = from(q - k0 - 63); d != last() && *d <= q - k0; ++d)
      bits |= std::uint64_t{1} << (q - k0 - *d);
    return bits;
  }

 private:
  LACUNA_INLINE const index_t* last() const { return distances.data() + distances.size(); }
  LACUNA_INLINE const index_t* from(index_t d) const { return std::lower_bound(distances.data(), last(), d); }
};

}  // namespace lacuna::mask
