#pragma once
// SPDX-License-Identifier: BSL-1.0
// dense: a register is L consecutive columns of a row.
#include <lacuna/format/dense.hpp>
#include <lacuna/ops/lanes/lanes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <codec C, class A>
struct lanes_of<dense, C, A> : row_walk<C, A> {
  using base = row_walk<C, A>;
  using base::L;
  template <int U, class F>
  LACUNA_INLINE static void walk(const sparse_view<dense, C>& a, index_t row, F&& f) {
    const row_values<dense, C, A> values(a);
    const index_t cols = a.cols(), first = row * cols;
    in_phases<U>(cols / L, [&](auto phase, index_t i) LACUNA_LAMBDA {
      if constexpr (sizeof(element_t<C>) < 4) values.ask(first + i * L);
      f(phase, constant<0>{}, values.load(row, i * L, first + i * L), base::at(i * L));
    });
    const int rest = static_cast<int>(cols % L);
    const index_t k = cols - rest;
    if (rest > 0)
      f(constant<0>{}, constant<0>{}, values.load_first(row, k, first + k, rest), base::at_first(k, rest));
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
