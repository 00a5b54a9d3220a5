#pragma once
// SPDX-License-Identifier: BSL-1.0
// every: each query sees each key (encoders, cross attention).
#include <lacuna/attention/mask/mask.hpp>

namespace lacuna::mask {

struct every {
  LACUNA_INLINE constexpr cover covers(const tile&) const { return cover::full; }
  LACUNA_INLINE constexpr std::uint64_t row(index_t, index_t) const { return ~std::uint64_t{0}; }
};

}  // namespace lacuna::mask
