#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The 8-bit floats of the OCP specification (revision 1.0): storage, as bf16 and f16 are.
//
//            sign  exponent  fraction
//   f8_e5m2    1        5        2      the upper byte of an f16: up to 57344, then infinity
//   f8_e4m3    1        4        3      up to 448; no infinity, one NaN: 0x7f
//
// From float: round to nearest, ties to even, subnormals kept; what is too large becomes infinity, in f8_e4m3 NaN;
// NaN becomes quiet, with its sign. To float: exact.

#include <bit>
#include <cstdint>
#include <lacuna/core/types.hpp>

namespace lacuna {
namespace detail {

/// |x| of a float's bits, finite, in steps of a float with so many exponent and fraction bits, counted from 0: the
/// bits of that float, or a larger number.
template <int Exponent, int Fraction>
LACUNA_INLINE constexpr std::uint32_t round_to_steps(std::uint32_t a) {
  constexpr std::uint32_t bias = (1u << (Exponent - 1)) - 1, drop = 23 - Fraction;
  constexpr std::uint32_t first_normal = (128u - bias) << 23;
  // Below it the result counts steps of 2^(1 - bias - Fraction): the spacing of floats from this one on.
  constexpr std::uint32_t even_floor = (127u - bias + 1 + drop) << 23;
  if (a < first_normal)
    return std::bit_cast<std::uint32_t>(std::bit_cast<float>(a) + std::bit_cast<float>(even_floor)) -
           even_floor;
  return (a - ((127u - bias) << 23) + (1u << (drop - 1)) - 1 + ((a >> drop) & 1u)) >> drop;
}

/// What the two share: a byte, and equality of the bits.
template <class F>
struct f8_storage {
  std::uint8_t bits = 0;
  LACUNA_INLINE static constexpr F from_bits(std::uint8_t b) {
    F r;
    r.bits = b;
    return r;
  }
  LACUNA_INLINE friend constexpr bool operator==(F a, F b) { return a.bits == b.bits; }
};

}  // namespace detail

struct f8_e5m2 : detail::f8_storage<f8_e5m2> {
  f8_e5m2() = default;
  LACUNA_INLINE explicit constexpr f8_e5m2(float x) { bits = round(std::bit_cast<std::uint32_t>(x)); }
  LACUNA_INLINE constexpr operator float() const {
    return f16::from_bits(static_cast<std::uint16_t>(bits << 8));
  }

 private:
  LACUNA_INLINE static constexpr std::uint8_t round(std::uint32_t u) {
    const std::uint32_t sign = (u >> 24) & 0x80u, a = u & 0x7fffffffu;
    const std::uint32_t steps = a < 0x7f800000u ? detail::round_to_steps<5, 2>(a) : 0x7cu;
    return static_cast<std::uint8_t>(sign | (a > 0x7f800000u ? 0x7eu : steps > 0x7cu ? 0x7cu : steps));
  }
};

struct f8_e4m3 : detail::f8_storage<f8_e4m3> {
  f8_e4m3() = default;
  LACUNA_INLINE explicit constexpr f8_e4m3(float x) { bits = round(std::bit_cast<std::uint32_t>(x)); }
  LACUNA_INLINE constexpr operator float() const {
    const std::uint32_t a = bits & 0x7fu;
    // As an f16 with the fields in place it is smaller by the difference of the biases, 2^(7 - 15).
    const float magnitude = f16::from_bits(static_cast<std::uint16_t>(a << 7)) * 0x1p8f;
    const std::uint32_t m = a == 0x7fu ? 0x7fc00000u : std::bit_cast<std::uint32_t>(magnitude);
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits & 0x80u) << 24 | m);
  }

 private:
  LACUNA_INLINE static constexpr std::uint8_t round(std::uint32_t u) {
    const std::uint32_t sign = (u >> 24) & 0x80u, a = u & 0x7fffffffu;
    const std::uint32_t steps = a < 0x7f800000u ? detail::round_to_steps<4, 3>(a) : 0x7fu;
    return static_cast<std::uint8_t>(sign | (steps > 0x7eu ? 0x7fu : steps));
  }
};

}  // namespace lacuna
