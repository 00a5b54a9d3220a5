#pragma once
// SPDX-License-Identifier: BSL-1.0
// The threads axis: a policy that runs pieces 0 .. n-1, in any order, and returns when all are done.
// lacuna owns no threads; `serial` is the default.
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <concepts>

namespace lacuna {

/// - `width()`: how many pieces may run at the same time, >= 1. It decides how finely work is cut.
/// - `run(n, f)`: f(piece) once for each piece in [0, n); calls may overlap in time. Nesting is the policy's matter.
template <class P>
concept parallel = requires(const P& p) {
                     { p.width() } -> std::convertible_to<index_t>;
                   } && requires(const P& p, index_t n, void (*f)(index_t)) { p.run(n, f); };

struct serial {
  static constexpr index_t width() { return 1; }
  template <class F>
  LACUNA_INLINE void run(index_t n, F&& f) const {
    for (index_t i = 0; i < n; ++i) f(i);
  }
};

}  // namespace lacuna
