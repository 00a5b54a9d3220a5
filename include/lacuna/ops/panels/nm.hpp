#pragma once
// SPDX-License-Identifier: BSL-1.0
// Panels of N:M: the same group of 16 rows meets one window of M columns of X; each row picks its own by permute.
//
//   2:4   X window x0 x1 x2 x3 x0 x1 ...      fields of slot n: 3 0 1 ...      lanes x3 x0 x1 ...
//
// The window repeats over the register, so the bits of later fields above this one's do no harm.
#include <lacuna/ops/panels/panels.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// X[window] for 16 lanes by their fields; `fields` still has the later fields in its upper bits.
template <int M, int Bits, class A>
LACUNA_INLINE simd::f32<A> pick(const float* window, simd::i32<A> fields) {
  constexpr int L = A::lanes;
  if constexpr (M <= L && L % M == 0)
    return simd::lookup<A>(fields, simd::window<M, A>(window));
  else if constexpr (M == 2 * L)
    return simd::lookup2<A>(fields, simd::load<A>(window), simd::load<A>(window + L));
  else
    return simd::gather<A>(window, fields & simd::set_i32<A>((1 << Bits) - 1));
}

template <int N, int M, int I, codec C, class A>
struct panel_walk<panel<nm<N, M>, I>, C, A> {
  using format = panel<nm<N, M>, I>;
  static constexpr int window = M, granule = M * (I > 2 ? I : 2), R = panel_registers<A>, L = A::lanes;
  static constexpr int F = format::F, Bits = format::index_bits;

  LACUNA_INLINE static index_t start(const sparse_view<format, C>& a, index_t p) {
    return p * format::panel_slots(a.cols());
  }
  /// All of the panel: k0 = 0, k1 = cols.
  template <int U, int T, class Fn>
  LACUNA_INLINE static void walk(const sparse_view<format, C>& a, index_t p, index_t& slot, index_t, index_t,
                                 const float* x, Fn&& f) {
    const panel_values<C, I, A> values(a.values().data());
    panel_scales<format, C, I, A, group_period<C> * N / M> scales(a, p, 0);
    const std::uint32_t* fields = a.where().at.fields.data() + p * format::panel_words(a.cols());
    const index_t slots = nm<N, M>::row_slots(a.cols());
    for (index_t n = 0; n < slots;) {
      simd::prefetch_ahead(fields, 1024);
      simd::i32<A> field[R];
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA { field[r] = simd::load_raw<A>(fields + r * L); });
      fields += panel_rows;
      const index_t end = n + F < slots ? n + F : slots;
      for (; n + step <= end; n += step)
        some<step, U, T>(a, values, scales, slot + n * panel_rows, field, n, x, f);
      for (; n < end; n += I) some<I, U, T>(a, values, scales, slot + n * panel_rows, field, n, x, f);
    }
    slot += format::panel_slots(a.cols());
  }

 private:
  static constexpr int step = I > 4 ? I : 4;  // slots of an iteration: divides the fields of a word
  static_assert(F % step == 0 || !scaled_codec<C>);

  /// Count slots from n on; their fields are the lowest, and are shifted out.
  template <int Count, int U, int T, class Values, class Scales, class Fn>
  LACUNA_INLINE static void some(const sparse_view<format, C>& a, const Values& values, Scales& scales,
                                 index_t slot, simd::i32<A> (&field)[R], index_t n, const float* x, Fn& f) {
    simd::unroll<Count / I>([&](auto s) LACUNA_LAMBDA {
      panel_column<A> w[I];
      const index_t first = slot + s * (I * panel_rows);
      if constexpr (!valueless_codec<C>)
        simd::prefetch_ahead(a.values().data() + codec_of<C>::elements(first), 4096);
      decltype(values.load(first)) raw[R];
      simd::unroll<R>([&](auto r) LACUNA_LAMBDA { raw[r] = values.load(first + r * L * I); });
      simd::unroll<I>([&](auto j) LACUNA_LAMBDA {
        scales.move_to(n + s * I + j);
        simd::unroll<R>([&](auto r) LACUNA_LAMBDA { w[j][r] = scales.template column<j>(raw[r], r); });
      });
      simd::unroll<I>([&](auto j) LACUNA_LAMBDA {
        constexpr int c = s * I + j;
        // Where steps hold whole groups, or groups whole steps, the compiler knows c's group from n's.
        const index_t group = step % N == 0 && Count == step ? n / N + c / N : (n + c) / N;
        f(constant<c % U>{}, w[j], [&, group](int t, int r) LACUNA_LAMBDA {
          return pick<M, Bits, A>(x + (group * T + t) * M, simd::shr<c * Bits>(field[r]));
        });
      });
    });
    simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
      if constexpr (Count * Bits < 32) field[r] = simd::shr<Count * Bits>(field[r]);
    });
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
