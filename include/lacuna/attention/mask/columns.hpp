#pragma once
// SPDX-License-Identifier: BSL-1.0
// columns{list}: some keys for all queries (the vertical lines of MInference and SampleAttention).
#include <algorithm>
#include <lacuna/attention/mask/mask.hpp>
#include <lacuna/core/aligned.hpp>

namespace lacuna::mask {

/// `keys` ascends without repetition; borrowed.
struct columns {
  array_view<const index_t> keys{};

  LACUNA_INLINE cover covers(const tile& t) const {
    const index_t n = from(t.k1) - from(t.k0);
    return n == 0 ? cover::absent : n == t.k1 - t.k0 ? cover::full : cover::partial;
  }
  LACUNA_INLINE std::uint64_t row(index_t, index_t k0) const {
    std::uint64_t bits = 0;
    for (const index_t* k = from(k0); k != last() && *k < k0 + 64; ++k) bits |= std::uint64_t{1} << (*k - k0);
    return bits;
  }

 private:
  LACUNA_INLINE const index_t* last() const { return keys.data() + keys.size(); }
  LACUNA_INLINE const index_t* from(index_t k) const { return std::lower_bound(keys.data(), last(), k); }
};

}  // namespace lacuna::mask
