#pragma once
// SPDX-License-Identifier: BSL-1.0
// A register of stored values in a panel, which is I columns of A::lanes rows, as floats:
//
//   float, f16, f8      I = 1: one column
//   bf16                I = 2: pairs
//   int8                I = 4: bytes u;  int4: I = 8, two registers of bytes, even columns and odd ones, or I = 4 where
//                       they are expanded first
//
// Integers are unsigned in registers, symmetric codes with their sign bit turned, so that every codec is (u - z) * s
// there, with z = 128 or 8, or what the cell says. `panel_scales` has s and z of the rows of a panel, for the group that
// a column lies in. A symmetric code that is not stored expands to z; an asymmetric one has no z of its own, and is
// masked.
#include <lacuna/ops/lanes/lanes.hpp>
#include <lacuna/pack/pack.hpp>
#include <lacuna/simd/codes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Registers that hold one column of a panel.
template <class A>
inline constexpr int panel_registers = static_cast<int>(panel_rows) / A::lanes;

/// A column of weights, 16 rows.
template <class A>
struct panel_column {
  simd::f32<A> row[panel_registers<A>];
  LACUNA_INLINE simd::f32<A>& operator[](int r) { return row[r]; }
  LACUNA_INLINE const simd::f32<A>& operator[](int r) const { return row[r]; }
};

/// What turns stored bytes into u: the sign bit of a symmetric code in each of 4 (or 8) codes of a lane.
template <scaled_codec C>
inline constexpr std::int32_t sign_bits = codec_of<C>::has_zero    ? 0
                                          : codec_of<C>::bits == 8 ? static_cast<std::int32_t>(0x80808080u)
                                                                   : 0x08080808;

/// I = 1 and 2.
template <codec C, int I, class A>
struct panel_values {
  lane_values<C, A> values;
  LACUNA_INLINE explicit panel_values(const element_t<C>* v) : values{v} {}

  LACUNA_INLINE auto load(index_t slot) const {
    if constexpr (I == 1)
      return values.load(slot);
    else
      return simd::load_raw<A>(values.values + slot);
  }
  /// The values from `slot` on in the places whose bits are set.
  LACUNA_INLINE auto expand(index_t slot, std::uint64_t bits) const {
    if constexpr (I == 1)
      return simd::expand<A>(load(slot), bits);
    else
      return simd::expand_from<2, A>(values.values + slot, bits);
  }
  template <int J, class Raw>
  LACUNA_INLINE static simd::f32<A> column(const Raw& raw) {
    if constexpr (I == 1)
      return raw;
    else if constexpr (J == 0)
      return simd::bf16_even(raw);
    else
      return simd::bf16_odd(raw);
  }
};

/// Registers of bytes u, column j in byte j / registers of register j % registers; and which of them count.
template <class A, int Registers, bool Masked>
struct panel_codes {
  static constexpr int registers = Registers;
  simd::i32<A> u[Registers];
  simd::i32<A> kept{};
};
template <class A, int Registers>
struct panel_codes<A, Registers, false> {
  static constexpr int registers = Registers;
  simd::i32<A> u[Registers];
};

template <scaled_codec C, int I, class A>
struct panel_values<C, I, A> {
  static constexpr int registers = I / 4;
  const element_t<C>* values;
  LACUNA_INLINE explicit panel_values(const element_t<C>* v) : values(v) {}

  LACUNA_INLINE panel_codes<A, registers, false> load(index_t slot) const {
    static_assert(I == 32 / codec_of<C>::bits,
                  "lacuna: a lane of a panel holds 4 codes of 8 bits, or 8 of 4");
    const auto sign = simd::set_i32<A>(sign_bits<C>);
    if constexpr (codec_of<C>::bits == 8) {
      return {{simd::load_raw<A>(values + slot) ^ sign}};
    } else {
      const auto pairs = simd::load_raw<A>(values + slot / 2), low = simd::set_i32<A>(0x0f0f0f0f);
      return {{(pairs & low) ^ sign, (simd::shr<4>(pairs) & low) ^ sign}};
    }
  }
  LACUNA_INLINE auto expand(index_t slot, std::uint64_t bits) const {
    static_assert(I == 4, "lacuna: a lane of a bitmap's panel holds 4 codes");
    const auto sign = simd::set_i32<A>(sign_bits<C>);
    simd::i32<A> u;
    if constexpr (codec_of<C>::bits == 8)
      u = simd::expand_from<1, A>(values + slot, bits) ^ sign;
    else
      u = simd::expand_raw<1, A>(simd::nibbles<A>(values, slot), bits) ^ sign;
    if constexpr (codec_of<C>::has_zero)
      return panel_codes<A, 1, true>{{u}, simd::expand_raw<1, A>(simd::set_i32<A>(-1), bits)};
    else
      return panel_codes<A, 1, false>{{u}};
  }
  /// u and `raised` more. Times a scale of 8 or 11 bits, so much more is still exact; times a float it would not be.
  static constexpr float raised = std::is_same_v<cell_t<C>, float> ? 0 : codec_of<C>::bits == 8 ? 256 : 16;
  template <int J, class Raw>
  LACUNA_INLINE static simd::f32<A> column(const Raw& raw) {
    if constexpr (raised > 0)
      return simd::raised_byte<codec_of<C>::bits, J / registers>(raw.u[J % registers]);
    else
      return simd::byte_lane<J / registers>(raw.u[J % registers]);
  }
};

/// Columns of a cell, 0 for a whole row or no cells.
template <codec C>
inline constexpr index_t group_period = 0;
template <scaled_codec C>
inline constexpr index_t group_period<C> = codec_of<C>::group;

/// s and z of panel p for slot n of its rows, n going up by steps; `Period` slots of a row have one cell, 0: all.
template <class P, codec C, int I, class A, index_t Period>
struct panel_scales {
  LACUNA_INLINE panel_scales(const sparse_view<P, C>&, index_t, index_t) {}
  LACUNA_INLINE void move_to(index_t) {}
  template <int J, class Raw>
  LACUNA_INLINE simd::f32<A> column(const Raw& raw, int) const {
    return panel_values<C, I, A>::template column<J>(raw);
  }
};

template <class P, scaled_codec C, int I, class A, index_t Period>
struct panel_scales<P, C, I, A, Period> {
  using of = codec_of<C>;
  static constexpr int R = panel_registers<A>, L = A::lanes;
  const cell_t<C>*next, *end;
  simd::f32<A> scale[R], zero[R],
      bias[R];  // bias = -(zero + raised) * scale: exact, with at most 9 + 11 bits

  LACUNA_INLINE panel_scales(const sparse_view<P, C>& a, index_t p, index_t n)
      : next(a.scales().data() + (p * groups_of<C>(a.cols()) + (Period > 0 ? n / Period : 0)) * panel_rows),
        end(a.scales().data() + (p + 1) * groups_of<C>(a.cols()) * panel_rows) {
    if (Period == 0 || n % Period != 0) load();
  }
  LACUNA_INLINE void move_to(index_t n) {
    if constexpr (Period > 0)  // a step may end in slots after the last, where no cell is
      if (n % Period == 0 && (Period % I == 0 || next != end)) load();
  }
  template <int J, class Raw>
  LACUNA_INLINE simd::f32<A> column(const Raw& raw, int r) const {
    const auto u = panel_values<C, I, A>::template column<J>(raw);
    const auto w = simd::fma(u, scale[r], bias[r]);
    if constexpr (requires { raw.kept; }) {
      const auto kept =
          simd::as_i32(simd::byte_lane<J>(raw.kept));  // 255 or 0 as a float: all of it, or nothing
      return simd::as_f32(simd::as_i32(w) & (simd::zero_i32<A>() - (simd::shr<30>(kept))));
    } else {
      return w;
    }
  }

 private:
  LACUNA_INLINE void load() {
    alignas(64) float s[panel_rows], z[panel_rows];
    for (index_t i = 0; i < panel_rows; ++i) {
      s[i] = of::scale_of(next[i]);
      z[i] = of::zero_of(next[i]) - static_cast<float>(of::has_zero ? 0 : of::least);
    }
    simd::unroll<R>([&](auto r) LACUNA_LAMBDA {
      if constexpr (of::has_zero) {
        scale[r] = simd::load<A>(s + r * L);
        zero[r] = simd::load<A>(z + r * L);
      } else {
        scale[r] = simd::widen<A>(next + r * L);
        zero[r] = simd::set<A>(static_cast<float>(-of::least));
      }
      bias[r] = simd::zero<A>() - (zero[r] + simd::set<A>(panel_values<C, I, A>::raised)) * scale[r];
    });
    next += panel_rows;
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
