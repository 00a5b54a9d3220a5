#pragma once
// SPDX-License-Identifier: BSL-1.0
// nm: a register is L consecutive slots = L / N groups; their columns lie in a span of L / N * M.
//
//   2:4, L = 4:  fields 1 3 | 0 2   window columns 0 .. 7   lanes of X: 1 3 4+0 4+2
//
// A span of few registers is loaded and permuted; wider ones, and N that do not divide L, are gathered.
#include <lacuna/format/nm.hpp>
#include <lacuna/ops/lanes/lanes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <int N, int M, unscaled_codec C, class A>
struct lanes_of<nm<N, M>, C, A> : row_walk<C, A> {
  using base = row_walk<C, A>;
  using base::L;
  using format = nm<N, M>;
  static constexpr bool aligned = L % N == 0;
  static constexpr int span = aligned ? L / N * M : 0;

  template <int U, class F>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t row, F&& f) {
    const lane_values<C, A> values{a.values().data()};
    const index_t first = row * format::row_slots(a.cols()), slots = format::visited(a.cols());
    const std::uint8_t* const fields = a.where().at.index.data() + row * format::row_bytes(a.cols());
    // Registers whose whole span lies inside the row of X.
    index_t full = 0;
    if constexpr (aligned) {
      if (a.cols() >= reach) full = (a.cols() - reach) / span + 1;
      const auto group = group_columns();
      in_phases<U>(full, [&](auto phase, index_t i) LACUNA_LAMBDA {
        values.ask(first + i * L);
        const auto at = simd::unpack_fields<format::index_bits, A>(fields, i * L) + group;
        f(phase, constant<0>{}, values.load(first + i * L), window(i * span, at));
      });
    }
    for (index_t s = full * L; s < slots; s += L) {
      const int n = static_cast<int>(slots - s < L ? slots - s : L);
      index_t columns[L];
      for (int l = 0; l < n; ++l) columns[l] = (s + l) / N * M + format::field(fields, s + l);
      f(constant<0>{}, constant<0>{}, values.load_first(first + s, n), base::at_each(columns, n));
    }
  }

 private:
  /// How many values of X from the start of its span a register touches.
  static constexpr index_t reach = simd::window_reach<span, A>;

  /// The first column of each lane's group, relative to the span.
  LACUNA_INLINE static simd::i32<A> group_columns() {
    std::int32_t c[L];
    for (int l = 0; l < L; ++l) c[l] = l / N * M;
    return simd::load<A>(c);
  }
  LACUNA_INLINE static auto window(index_t k, simd::i32<A> at) {
    return [k, at](const float* x) LACUNA_LAMBDA { return simd::gather_within<span, A>(x + k, at); };
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
