#pragma once
// SPDX-License-Identifier: BSL-1.0
// What int8 and int4 share: integers of a few bits, and for each group of columns a scale, with a zero point or without.
//
//   symmetric     value = q * s           |q| <= 127 or 7       (int4 from files: -8 .. 7)
//   asymmetric    value = (q - z) * s     0 <= q <= 255 or 15, z an integer of that range
//
// s is what keeps all values of its group inside the range, rounded up to the type of the scale, so that the error of a
// value is at most s / 2. A group of zeros has s = 0. In arrays from outside s may be any finite number: Q4_0 of GGUF has
// groups with s < 0, whose code -8 is a value that no s > 0 would give.
#include <array>
#include <lacuna/codec/codec.hpp>
#include <lacuna/core/types.hpp>

namespace lacuna {

/// The code of zero is in the middle, or where the cell says.
struct symmetric {};
struct asymmetric {};

/// A cell of an asymmetric grid.
template <class Scale>
struct affine_cell {
  Scale scale, zero;
  friend bool operator==(const affine_cell&, const affine_cell&) = default;
};

namespace detail {

/// A text made of pieces at compile time.
template <std::size_t N>
struct fixed_text {
  std::array<char, N> text{};
  std::size_t size = 0;
  constexpr void append(const char* s) {
    while (*s != 0) text[size++] = *s++;
  }
  constexpr void append(int n) {
    if (n >= 10) append(n / 10);
    text[size++] = static_cast<char>('0' + n % 10);
  }
};

template <int Bits, int G, class Scale, bool Zero>
constexpr fixed_text<48> integer_name() {
  fixed_text<48> t;
  t.append(Bits == 8 ? "int8<" : "int4<");
  if (G == per_row)
    t.append("per_row");
  else
    t.append(G);
  t.append(",");
  t.append(codec_of<Scale>::name);
  if (Zero) t.append(",asymmetric");
  t.append(">");
  return t;
}

/// The smallest Scale that is not below s >= 0.
template <class Scale>
LACUNA_INLINE Scale round_up(float s) {
  Scale r(s);
  if constexpr (!std::is_same_v<Scale, float>)
    if (static_cast<float>(r) < s) r.bits++;
  return r;
}

template <int Bits, int G, class Scale, class Zero>
struct integer_codec {
  static_assert(G == per_row || (G >= 16 && G % 16 == 0),
                "lacuna: a group is a row or a multiple of 16 columns");
  static constexpr bool has_zero = std::is_same_v<Zero, asymmetric>;
  static_assert(!(has_zero && std::is_same_v<Scale, float>),
                "lacuna: zero * scale is exact in floats for bf16 and f16 only");
  using cell = std::conditional_t<has_zero, affine_cell<Scale>, Scale>;
  using value_type = float;
  static constexpr int bits = Bits, group = G;
  static constexpr int least = has_zero ? 0 : -(1 << (Bits - 1)),
                       most = (1 << (has_zero ? Bits : Bits - 1)) - 1;
  /// Half a step, against the largest value of the group; the scale may be larger than asked for by an ulp.
  static constexpr double roundoff = 0.5 / most * (1 + 2 * codec_of<Scale>::roundoff);
  /// Of |scale|: kernels multiply it by a zero point.
  static constexpr float largest_scale =
      std::is_same_v<Scale, f16> ? 65504.0f : 0x1p126f / static_cast<float>(most + 1);
  /// Of a value: both ends of an asymmetric range count.
  static constexpr float largest = largest_scale * static_cast<float>(most) / 2;
  static constexpr auto text = integer_name<Bits, G, Scale, has_zero>();
  static constexpr const char* name = text.text.data();

  LACUNA_INLINE static float scale_of(const cell& c) {
    if constexpr (has_zero)
      return c.scale;
    else
      return c;
  }
  LACUNA_INLINE static float zero_of(const cell& c) {
    if constexpr (has_zero)
      return c.zero;
    else
      return 0;
  }
  LACUNA_INLINE static cell cell_for(float low, float high) {
    if constexpr (has_zero) {
      const Scale s = round_up<Scale>((high - low) / static_cast<float>(most));
      const float step = s, z = step > 0 ? __builtin_roundf(-low / step) : 0.0f;
      return {s, Scale(z < static_cast<float>(most) ? z : static_cast<float>(most))};
    } else {
      return round_up<Scale>((high > -low ? high : -low) / static_cast<float>(most));
    }
  }
  /// The code of value v, as a float.
  LACUNA_INLINE static float code(float v, const cell& c) {
    const float s = scale_of(c), z = zero_of(c);
    const float q = (s > 0 || s < 0 ? __builtin_nearbyintf(v / s) : 0.0f) + z;
    constexpr auto low = static_cast<float>(has_zero ? least : -most), high = static_cast<float>(most);
    return q < low ? low : q > high ? high : q;
  }
};

}  // namespace detail
}  // namespace lacuna
