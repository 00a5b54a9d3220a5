// SPDX-License-Identifier: BSL-1.0
//
// The 8-bit floats against a model in double: all 256 codes to float; from float every f16, the halfway cases of all
// codes, the floats beside them, specials and random bits (all 2^32 in the slow case).

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <lacuna/core/f8.hpp>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

namespace {

using lacuna::f16;
using lacuna::f8_e4m3;
using lacuna::f8_e5m2;

static_assert(sizeof(f8_e4m3) == 1 && sizeof(f8_e5m2) == 1 && alignof(f8_e4m3) == 1 && alignof(f8_e5m2) == 1);
static_assert(std::is_trivially_copyable_v<f8_e4m3> && std::is_trivially_copyable_v<f8_e5m2>);
static_assert(!std::is_convertible_v<float, f8_e4m3> && !std::is_convertible_v<float, f8_e5m2>);
static_assert(f8_e4m3().bits == 0 && f8_e5m2().bits == 0);
static_assert(float(f8_e4m3(1.5f)) == 1.5f && float(f8_e5m2(1.5f)) == 1.5f);
static_assert(f8_e4m3(1.0f).bits == 0x38 && f8_e5m2(1.0f).bits == 0x3c);
static_assert(f8_e4m3(464.0f).bits == 0x7e && f8_e4m3(465.0f).bits == 0x7f);
static_assert(f8_e5m2(61439.0f).bits == 0x7b && f8_e5m2(61440.0f).bits == 0x7c);

/// The tables of the OCP specification: bias, fraction bits, the largest finite code, what lies above it.
struct e4m3_case {
  using ours = f8_e4m3;
  static constexpr int bias = 7, fraction = 3;
  static constexpr unsigned most = 0x7e, too_large = 0x7f, nan = 0x7f;
};
struct e5m2_case {
  using ours = f8_e5m2;
  static constexpr int bias = 15, fraction = 2;
  static constexpr unsigned most = 0x7b, too_large = 0x7c, nan = 0x7e;
};

/// Of a code without its sign, `most` at the most, or the next one: where codes that are not numbers begin.
template <class Case>
double magnitude(unsigned code) {
  const int exponent = static_cast<int>(code >> Case::fraction);
  const int digits = static_cast<int>(code & ((1u << Case::fraction) - 1));
  const int implied = exponent > 0 ? 1 << Case::fraction : 0;
  return std::ldexp(digits + implied, (exponent > 0 ? exponent : 1) - Case::bias - Case::fraction);
}

/// All finite magnitudes, and the one that would come next.
template <class Case>
const std::vector<double>& magnitudes() {
  static const std::vector<double> all = [] {
    std::vector<double> v;
    for (unsigned code = 0; code <= Case::most + 1; ++code) v.push_back(magnitude<Case>(code));
    return v;
  }();
  return all;
}

/// The code of the nearest number; of two the even code.
template <class Case>
unsigned model(float x) {
  const unsigned sign = std::signbit(x) ? 0x80 : 0;
  if (std::isnan(x)) return sign | Case::nan;
  const double a = std::fabs(static_cast<double>(x));
  const std::vector<double>& all = magnitudes<Case>();
  if (a >= all.back()) return sign | Case::too_large;
  const auto above = static_cast<unsigned>(std::upper_bound(all.begin(), all.end(), a) - all.begin());
  const double below = a - all[above - 1], left = all[above] - a;
  const unsigned code = below < left || (below == left && above % 2 == 1) ? above - 1 : above;
  return sign | (code > Case::most ? Case::too_large : code);
}

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

template <class Case>
bool rounds_well(std::uint32_t u) {
  const auto x = std::bit_cast<float>(u);
  return typename Case::ours(x).bits == model<Case>(x);
}

TEMPLATE_TEST_CASE("all 256 codes become the float of the specification, and come back", "[core]", e4m3_case,
                   e5m2_case) {
  using ours = typename TestType::ours;
  for (unsigned code = 0; code < 256; ++code) {
    const unsigned a = code & 0x7f;
    const ours v = ours::from_bits(static_cast<std::uint8_t>(code));
    const float got = v;
    CAPTURE(code, got);
    REQUIRE(std::signbit(got) == (code >= 0x80));
    if (a <= TestType::most)
      REQUIRE(static_cast<double>(got) == (code < 0x80 ? 1 : -1) * magnitude<TestType>(a));
    else if (a == 0x7c && TestType::too_large == 0x7c)
      REQUIRE(std::isinf(got));
    else
      REQUIRE(std::isnan(got));
    if (std::isnan(got))
      REQUIRE(ours(got).bits == ((code & 0x80) | TestType::nan));
    else
      REQUIRE(ours(got) == v);
  }
}

TEMPLATE_TEST_CASE("every f16 rounds to the nearest 8-bit float", "[core]", e4m3_case, e5m2_case) {
  for (std::uint32_t b = 0; b < 65536; ++b) {
    const float x = f16::from_bits(static_cast<std::uint16_t>(b));
    if (!rounds_well<TestType>(bits_of(x))) FAIL("f16 with bits " << b);
  }
  CHECK(typename TestType::ours(float(f16::from_bits(0x3c00))).bits == TestType::bias << TestType::fraction);
}

TEMPLATE_TEST_CASE("floats at and beside every halfway point round to nearest even", "[core]", e4m3_case,
                   e5m2_case) {
  const auto& all = magnitudes<TestType>();
  for (std::size_t code = 0; code + 1 < all.size(); ++code) {
    const std::uint32_t middle = bits_of(static_cast<float>((all[code] + all[code + 1]) / 2)),
                        low = bits_of(static_cast<float>(all[code]));
    for (const std::uint32_t u : {low, low + 1, middle - 1, middle, middle + 1}) {
      CAPTURE(code, u);
      REQUIRE(rounds_well<TestType>(u));
      REQUIRE(rounds_well<TestType>(u ^ 0x80000000u));
    }
    REQUIRE((typename TestType::ours(std::bit_cast<float>(middle)).bits % 2 == 0 || code == TestType::most));
  }
}

TEMPLATE_TEST_CASE("special and random floats round to the nearest 8-bit float", "[core]", e4m3_case,
                   e5m2_case) {
  using limits = std::numeric_limits<float>;
  for (const float x :
       {0.0f, limits::min(), limits::denorm_min(), limits::max(), limits::infinity(), limits::quiet_NaN(),
        limits::signaling_NaN(), 448.0f, 480.0f, 57344.0f, 65536.0f, 0x1p-6f, 0x1p-10f, 0x1p-14f, 0x1p-17f}) {
    CAPTURE(x);
    CHECK(rounds_well<TestType>(bits_of(x)));
    CHECK(rounds_well<TestType>(bits_of(-x)));
  }
  std::uint64_t state = 1;
  for (int i = 0; i < 1000000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const auto u = static_cast<std::uint32_t>(state >> 32);
    // All exponents, and those where the codes lie.
    const std::uint32_t near = (u & 0x807fffffu) | (100u + (u >> 23) % 50) << 23;
    if (!rounds_well<TestType>(u)) FAIL("float with bits " << u);
    if (!rounds_well<TestType>(near)) FAIL("float with bits " << near);
  }
}

TEMPLATE_TEST_CASE("all 2^32 floats round to the nearest 8-bit float", "[core][.slow]", e4m3_case,
                   e5m2_case) {
  std::uint32_t u = 0;
  do {
    if (!rounds_well<TestType>(u)) FAIL("float with bits " << u);
  } while (++u != 0);
}

}  // namespace
