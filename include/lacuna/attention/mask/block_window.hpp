#pragma once
// SPDX-License-Identifier: BSL-1.0
// block_window{n, block}: the last n blocks up to the query's own, by whole blocks (S2-Attention's local blocks).
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

struct block_window {
  index_t n = 16;      ///< blocks, the query's own included
  index_t block = 64;  ///< keys; >= 1

  constexpr cover covers(const tile& t) const {
    const index_t least = of(t.q0) - of(t.k1 - 1), most = of(t.q1 - 1) - of(t.k0);
    return most < n ? cover::full : least >= n ? cover::absent : cover::partial;
  }
  constexpr std::uint64_t row(index_t q, index_t k0) const {
    return ~first_bits((of(q) - n + 1) * block - k0);
  }

 private:
  constexpr index_t of(index_t position) const {
    return position >= 0 ? position / block : -((-position + block - 1) / block);
  }
};

}  // namespace lacuna::mask
