#pragma once
// SPDX-License-Identifier: BSL-1.0
// How a plain pattern fills SIMD lanes along its rows. `lanes_of<P, C, A>` has
//
//   rows, parts          rows handled together, and the registers of sums a token needs for them
//   walk<U>(a, row, f)   f(phase, part, w, x_at) for each register w of stored values of rows row .. row + rows - 1:
//                        it belongs to sum `part`, x_at(x) gives the matching values of the token at x, and
//                        phase (a constant below U) names one of U chains to keep apart
//   fold(sums, out)      the sums of the rows from the registers of one token
//
// The primary template needs only visit_row, so that patterns from outside take part; the ones beside this file
// load whole registers. Nothing reads past the end of an array, nor a token past its last value.
#include <lacuna/format/sparse_matrix.hpp>
#include <lacuna/simd/expand.hpp>
#include <lacuna/simd/permute.hpp>
#include <lacuna/simd/unpack.hpp>
#include <lacuna/simd/vec.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <int I>
using constant = std::integral_constant<int, I>;

/// f(phase, i) for i in [0, n), phase = i % U as a constant while U more are left.
template <int U, class F>
LACUNA_INLINE void in_phases(index_t n, F&& f) {
  index_t i = 0;
  for (; i + U <= n; i += U) simd::unroll<U>([&](auto u) LACUNA_LAMBDA { f(u, i + u); });
  for (; i < n; ++i) f(constant<0>{}, i);
}

/// How far ahead of its use a stream of values or columns is asked for, in bytes. From memory, one token, 4096 x 4096:
/// csr 90 % 1.44 -> 0.89 ms (.66 -> 1.04 of a plain read), 1:4 1.83 -> 1.49, bsr<4, 4> bf16 50 % 1.48 -> 1.29. Dense
/// float lost (4.65 -> 5.18), so dense rows of words leave it to the hardware.
inline constexpr std::uintptr_t stream_ahead = 4096;

/// Registers of stored values as floats, from consecutive slots.
template <codec C, class A>
struct lane_values {
  static constexpr int L = A::lanes;
  // Only a codec that is its own element: one from outside may keep floats and mean something else by them.
  static constexpr bool widens = std::is_same_v<C, element_t<C>> && requires(const element_t<C>* p) {
    simd::widen<A>(p);
  };
  const element_t<C>* values;

  /// Asks for what lies `stream_ahead` after a slot.
  LACUNA_INLINE void ask(index_t slot) const {
    if constexpr (!valueless_codec<C>) simd::prefetch_ahead(values + slot, stream_ahead);
  }
  LACUNA_INLINE simd::f32<A> load(index_t slot) const {
    if constexpr (valueless_codec<C>)
      return simd::set<A>(1.0f);
    else if constexpr (widens)
      return simd::widen<A>(values + slot);
    else
      return load_first(slot, L);
  }
  LACUNA_INLINE simd::f32<A> load_first(index_t slot, int n) const {
    if constexpr (widens) {
      return simd::widen_first<A>(values + slot, n);
    } else {
      float v[L] = {};
      for (int l = 0; l < n; ++l) v[l] = codec_of<C>::decode(values, slot + l);
      return simd::load<A>(v);
    }
  }
};

/// Registers of values of row i from column k on, stored from `slot` on; or the first n of one.
template <pattern P, codec C, class A>
struct row_values {
  lane_values<C, A> values;
  LACUNA_INLINE explicit row_values(const sparse_view<P, C>& a) : values{a.values().data()} {}
  LACUNA_INLINE void ask(index_t slot) const { values.ask(slot); }
  LACUNA_INLINE simd::f32<A> load(index_t, index_t, index_t slot) const { return values.load(slot); }
  LACUNA_INLINE simd::f32<A> load_first(index_t, index_t, index_t slot, int n) const {
    return values.load_first(slot, n);
  }
};

/// k is a multiple of the lanes, so that a register lies in one group.
template <pattern P, scaled_codec C, class A>
struct row_values<P, C, A> {
  using of = codec_of<C>;
  static constexpr int L = A::lanes, offset = of::has_zero ? 0 : -of::least;
  const sparse_view<P, C>& a;
  LACUNA_INLINE explicit row_values(const sparse_view<P, C>& view) : a(view) {}
  LACUNA_INLINE void ask(index_t slot) const {
    simd::prefetch_ahead(a.values().data() + of::elements(slot), stream_ahead);
  }

  LACUNA_INLINE simd::f32<A> load(index_t i, index_t k, index_t slot) const {
    if (slot % (8 / of::bits) != 0) return load_first(i, k, slot, L);  // starts inside a byte
    const auto* const p = reinterpret_cast<const std::uint8_t*>(a.values().data()) + of::elements(slot);
    const cell_t<C>& cell = a.scales()[cell_at<P, C>(a.cols(), inside(i), k, slot)];
    const float s = of::scale_of(cell), z = of::zero_of(cell) + static_cast<float>(offset);
    // Turning its sign bit makes a two's complement code unsigned.
    const auto u = simd::unpack_fields<of::bits, A>(p, 0) ^ simd::set_i32<A>(offset);
    return simd::fma(simd::to_float(u), simd::set<A>(s), simd::set<A>(-z * s));
  }
  LACUNA_INLINE simd::f32<A> load_first(index_t i, index_t k, index_t slot, int n) const {
    float v[L] = {};
    for (int l = 0; l < n; ++l) v[l] = a.value(inside(i), k + l, slot + l);
    return simd::load<A>(v);
  }

 private:
  /// A block over the last row has no cells there; what it gives is dropped.
  LACUNA_INLINE index_t inside(index_t i) const { return i < a.rows() ? i : a.rows() - 1; }
};

/// What all walks along a single row share.
template <codec C, class A_>
struct row_walk {
  using arch = A_;
  static constexpr int rows = 1, parts = 1, L = A_::lanes;
  LACUNA_INLINE static void fold(const simd::f32<A_> (&sums)[1], float* out) { out[0] = simd::sum(sums[0]); }

  /// Consecutive columns from k on: a register, or the first n of one.
  LACUNA_INLINE static auto at(index_t k) {
    return [k](const float* x) LACUNA_LAMBDA { return simd::load<A_>(x + k); };
  }
  LACUNA_INLINE static auto at_first(index_t k, int n) {
    return [k, n](const float* x) LACUNA_LAMBDA { return simd::load_first<A_>(x + k, n); };
  }
  /// n single columns, n <= L.
  template <class Index>
  LACUNA_INLINE static auto at_each(const Index* columns, int n) {
    return [columns, n](const float* x) LACUNA_LAMBDA {
      float v[L] = {};
      for (int l = 0; l < n; ++l) v[l] = x[columns[l]];
      return simd::load<A_>(v);
    };
  }
};

template <pattern P, codec C, class A>
struct lanes_of : row_walk<C, A> {
  using row_walk<C, A>::L;
  template <int U, class F>
  LACUNA_INLINE static void walk(const sparse_view<P, C>& a, index_t row, F&& f) {
    float v[L] = {};
    index_t k[L] = {};
    int n = 0;
    a.visit_row(row, [&](index_t column, float value) LACUNA_LAMBDA {
      v[n] = value;
      k[n] = column;
      if (++n == L) {
        f(constant<0>{}, constant<0>{}, simd::load<A>(v), row_walk<C, A>::at_each(k, L));
        n = 0;
      }
    });
    if (n > 0) f(constant<0>{}, constant<0>{}, simd::load_first<A>(v, n), row_walk<C, A>::at_each(k, n));
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
