#pragma once
// SPDX-License-Identifier: BSL-1.0
// csr: a register is L consecutive values of a row, its columns are gathered from the token.
#include <lacuna/format/csr.hpp>
#include <lacuna/ops/lanes/lanes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Columns of this type fit the signed 32-bit lanes that a gather takes.
template <class Index>
inline constexpr bool gatherable = sizeof(Index) < 4 || std::is_same_v<Index, std::int32_t>;

/// L column indices as 32-bit lanes; the narrow ones are widened on the way.
template <class A, class Index>
LACUNA_INLINE simd::i32<A> load_columns(const Index* columns) {
  if constexpr (std::is_same_v<Index, std::int32_t>) {
    return simd::load<A>(columns);
  } else if constexpr (std::is_same_v<Index, std::uint16_t>) {
    return simd::widen_u16<A>(columns);
  } else {
    std::int32_t wide[A::lanes];
    for (int l = 0; l < A::lanes; ++l) wide[l] = static_cast<std::int32_t>(columns[l]);
    return simd::load<A>(wide);
  }
}

template <class Index, class Offset, unscaled_codec C, class A>
struct lanes_of<basic_csr<Index, Offset>, C, A> : row_walk<C, A> {
  using base = row_walk<C, A>;
  using base::L;
  template <int U, class F>
  LACUNA_INLINE static void walk(const sparse_view<basic_csr<Index, Offset>, C>& a, index_t row, F&& f) {
    const lane_values<C, A> values{a.values().data()};
    const auto& w = a.where().at;
    const auto first = static_cast<index_t>(w.row_ptr[row]), last = static_cast<index_t>(w.row_ptr[row + 1]);
    const Index* const columns = w.col_idx.data();
    in_phases<U>((last - first) / L, [&](auto phase, index_t i) LACUNA_LAMBDA {
      const index_t s = first + i * L;
      values.ask(s);
      simd::prefetch_ahead(columns + s, stream_ahead);
      if constexpr (gatherable<Index>) {
        const auto at = load_columns<A>(columns + s);
        f(phase, constant<0>{}, values.load(s),
          [at](const float* x) LACUNA_LAMBDA { return simd::gather<A>(x, at); });
      } else {
        f(phase, constant<0>{}, values.load(s), base::at_each(columns + s, L));
      }
    });
    const int rest = static_cast<int>((last - first) % L);
    const index_t s = last - rest;
    if (rest > 0)
      f(constant<0>{}, constant<0>{}, values.load_first(s, rest), base::at_each(columns + s, rest));
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
