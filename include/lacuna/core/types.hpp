#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The index type and the 16-bit floats. These are storage: two bytes that know how to become a float and
// back.
//
//          sign  exponent  fraction
//   bf16    1        8         7      the upper half of a float: its range, 2-3 decimal digits
//   f16     1        5        10      IEEE binary16: up to 65504, subnormals down to 2^-24
//
// From float: round to nearest, ties to even; too large becomes infinity; NaN stays NaN, made quiet, keeping
// its sign and the upper bits of its payload (what vcvtneps2bf16 and vcvtps2ph do). To float: exact. No
// floating-point mode that changes how subnormals are treated changes a result.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <lacuna/core/config.hpp>

namespace lacuna {

using index_t = std::ptrdiff_t;

struct bf16 {
  std::uint16_t bits = 0;

  bf16() = default;
  LACUNA_INLINE explicit constexpr bf16(float x) : bits(round(std::bit_cast<std::uint32_t>(x))) {}
  LACUNA_INLINE static constexpr bf16 from_bits(std::uint16_t bits) {
    bf16 r;
    r.bits = bits;
    return r;
  }
  // Implicit, since exact: double(x), x * y and comparison with a float then work in generic code.
  LACUNA_INLINE constexpr operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
  // Equality of the bits: -0 differs from +0 and a NaN equals itself, as a round trip wants it.
  LACUNA_INLINE friend constexpr bool operator==(bf16 a, bf16 b) { return a.bits == b.bits; }

 private:
  LACUNA_INLINE static constexpr std::uint16_t round(std::uint32_t u) {
    const bool nan = (u & 0x7fffffffu) > 0x7f800000u;
    const std::uint32_t r = nan ? u | 0x00400000u : u + 0x7fffu + ((u >> 16) & 1u);
    return static_cast<std::uint16_t>(r >> 16);
  }
};

struct f16 {
  std::uint16_t bits = 0;

  f16() = default;
  LACUNA_INLINE explicit constexpr f16(float x) : bits(round(std::bit_cast<std::uint32_t>(x))) {}
  LACUNA_INLINE static constexpr f16 from_bits(std::uint16_t bits) {
    f16 r;
    r.bits = bits;
    return r;
  }
  LACUNA_INLINE constexpr operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16, a = bits & 0x7fffu;
    const std::uint32_t tiny = std::bit_cast<std::uint32_t>(static_cast<float>(a) * 0x1p-24f);
    const std::uint32_t normal = (a << 13) + (112u << 23);  // the exponent's bias grows from 15 to 127
    const std::uint32_t huge = (a << 13) | 0x7f800000u | (a > 0x7c00u ? 0x00400000u : 0u);
    return std::bit_cast<float>(sign | (a < 0x0400u ? tiny : a < 0x7c00u ? normal : huge));
  }
  LACUNA_INLINE friend constexpr bool operator==(f16 a, f16 b) { return a.bits == b.bits; }

 private:
  LACUNA_INLINE static constexpr std::uint16_t round(std::uint32_t u) {
    const std::uint32_t sign = (u >> 16) & 0x8000u, a = u & 0x7fffffffu;
    const std::uint32_t nan = 0x7e00u | ((a >> 13) & 0x01ffu);
    const std::uint32_t normal =
        (a - (112u << 23) + 0x0fffu + ((a >> 13) & 1u)) >> 13;  // carries into infinity
    // Below 2^-14 the result counts steps of 2^-24, the spacing of floats at 0.5: one addition rounds.
    const std::uint32_t small = a < 0x38800000u ? a : 0u;
    const std::uint32_t tiny = std::bit_cast<std::uint32_t>(std::bit_cast<float>(small) + 0.5f) - 0x3f000000u;
    const std::uint32_t r = a > 0x7f800000u    ? nan
                            : a >= 0x477ff000u ? 0x7c00u
                            : a < 0x38800000u  ? tiny
                                               : normal;
    return static_cast<std::uint16_t>(sign | r);
  }
};

}  // namespace lacuna
