#pragma once
// SPDX-License-Identifier: BSL-1.0
// From units to what is chosen: a choice of `grain` tokens has per = grain / stride units of its own.
//
//   units      0  1  2  3 | 4  5  6  7 | 8 ...          per = 4
//   up         choice 1 = max of 4 .. 7                 a hierarchy: logical pages of 16 in pages of 64 (LServe)
//   overlap    choice 1 = max of 3 .. 7                 windows of 32, stride 16 reach over the edge (InfLLM-V2)
//   weighted   choice 1 = 3 + 2 (4 + 5 + 6) + 7         how much of a window lies in the block (NSA: 1 2 2 2 1)
//
// The last two have the same shapes and different maths.
#include <concepts>
#include <lacuna/core/types.hpp>
#include <limits>

namespace lacuna {
namespace pool {

struct up {
  LACUNA_INLINE static float choice(const float* s, index_t units, index_t b, index_t per) {
    float best = -std::numeric_limits<float>::infinity();
    const index_t last = (b + 1) * per < units ? (b + 1) * per : units;
    for (index_t u = b * per; u < last; ++u) best = s[u] > best ? s[u] : best;
    return best;
  }
};

struct overlap {
  LACUNA_INLINE static float choice(const float* s, index_t units, index_t b, index_t per) {
    const float own = up::choice(s, units, b, per);
    const index_t before = b * per - 1;
    return before >= 0 && before < units && s[before] > own ? s[before] : own;
  }
};

/// Twice each window that lies inside, once those that reach over an edge; of weights, so what is missing counts 0.
struct weighted {
  LACUNA_INLINE static float choice(const float* s, index_t units, index_t b, index_t per) {
    float total = 0;
    for (index_t u = b * per - 1; u < (b + 1) * per; ++u)
      if (u >= 0 && u < units) total += (u == b * per - 1 || u == (b + 1) * per - 1 ? 1.0f : 2.0f) * s[u];
    return total;
  }
};

template <class P>
concept policy = requires(const float* s, index_t n) {
  { P::choice(s, n, n, n) } -> std::convertible_to<float>;
};

}  // namespace pool
}  // namespace lacuna
