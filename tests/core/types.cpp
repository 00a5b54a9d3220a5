// SPDX-License-Identifier: BSL-1.0
//
// bf16 and f16 against Eigen's bfloat16 and half: all 65536 patterns to float; from float the halfway cases
// of all patterns, the floats beside them, specials and random bits (all 2^32 in the slow case).

#include <Eigen/Core>
#include <bit>
#include <cmath>
#include <cstdint>
#include <lacuna/core/types.hpp>
#include <limits>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using lacuna::bf16;
using lacuna::f16;

static_assert(sizeof(bf16) == 2 && sizeof(f16) == 2 && alignof(bf16) == 2 && alignof(f16) == 2);
static_assert(std::is_trivially_copyable_v<bf16> && std::is_trivially_copyable_v<f16>);
static_assert(!std::is_convertible_v<float, bf16> && !std::is_convertible_v<float, f16>);
static_assert(bf16().bits == 0 && f16().bits == 0);
static_assert(float(bf16(1.5f)) == 1.5f && float(f16(1.5f)) == 1.5f);
static_assert(f16(65519.0f).bits == 0x7bff && f16(65520.0f).bits == 0x7c00);
static_assert(float(f16::from_bits(1)) == 0x1p-24f && f16(0x1p-25f).bits == 0 &&
              f16(0x1.000002p-25f).bits == 1);
static_assert(double(f16(0.5f)) * 2 == 1 && bf16(2.0f) == bf16(2.0f) && bf16(2.0f) == 2.0f);

struct bf16_case {
  using ours = bf16;
  static std::uint16_t eigen(float x) { return Eigen::bfloat16(x).value; }
  static float eigen(std::uint16_t b) {
    return static_cast<float>(Eigen::bfloat16(Eigen::bfloat16_impl::raw_uint16_to_bfloat16(b)));
  }
  static constexpr std::uint16_t infinity = 0x7f80, quiet = 0x0040;
  static constexpr int payload_shift = 16;
};
struct f16_case {
  using ours = f16;
  static std::uint16_t eigen(float x) { return Eigen::half(x).x; }
  static float eigen(std::uint16_t b) {
    return static_cast<float>(Eigen::half(Eigen::half_impl::raw_uint16_to_half(b)));
  }
  static constexpr std::uint16_t infinity = 0x7c00, quiet = 0x0200;
  static constexpr int payload_shift = 13;
};

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

// Equals Eigen's answer; a NaN is quiet and keeps sign and upper payload (Eigen's is always the same NaN).
template <class Case>
bool rounds_well(std::uint32_t u) {
  const float x = std::bit_cast<float>(u);
  const std::uint16_t got = typename Case::ours(x).bits;
  if (!std::isnan(x)) return got == Case::eigen(x);
  const std::uint32_t sign = u >> 16 & 0x8000u, payload = (u & 0x7fffffu) >> Case::payload_shift;
  return got == (sign | Case::infinity | Case::quiet | payload);
}

TEMPLATE_TEST_CASE("all 65536 patterns become the float that Eigen makes", "[core]", bf16_case, f16_case) {
  for (std::uint32_t b = 0; b < 65536; ++b) {
    const auto pattern = static_cast<std::uint16_t>(b);
    const auto x = TestType::ours::from_bits(pattern);
    const float got = x, want = TestType::eigen(pattern);
    CAPTURE(b);
    if ((pattern & 0x7fff) > TestType::infinity) {
      REQUIRE(std::isnan(got));
      REQUIRE(std::signbit(got) == ((pattern & 0x8000) != 0));
      REQUIRE(typename TestType::ours(got).bits == (pattern | TestType::quiet));
    } else {
      REQUIRE(bits_of(got) == bits_of(want));
      REQUIRE(typename TestType::ours(got) == x);
    }
  }
}

TEMPLATE_TEST_CASE("floats at and beside every halfway point round as Eigen's", "[core]", bf16_case,
                   f16_case) {
  for (std::uint32_t b = 0; b < TestType::infinity; ++b) {
    const double lo = TestType::eigen(static_cast<std::uint16_t>(b));
    double hi = TestType::eigen(static_cast<std::uint16_t>(b + 1));
    if (b + 1 == TestType::infinity) hi = lo + (lo - TestType::eigen(static_cast<std::uint16_t>(b - 1)));
    const std::uint32_t middle = bits_of(static_cast<float>((lo + hi) / 2));
    for (std::uint32_t u : {middle - 1, middle, middle + 1, bits_of(static_cast<float>(lo)) + 1}) {
      CAPTURE(b, u);
      REQUIRE(rounds_well<TestType>(u));
      REQUIRE(rounds_well<TestType>(u ^ 0x80000000u));
    }
  }
}

TEMPLATE_TEST_CASE("special and random floats round as Eigen's", "[core]", bf16_case, f16_case) {
  using limits = std::numeric_limits<float>;
  for (float x :
       {0.0f, limits::min(), limits::denorm_min(), limits::max(), limits::infinity(), limits::quiet_NaN(),
        limits::signaling_NaN(), 65504.0f, 65519.996f, 65520.0f, 0x1p-14f, 0x1p-24f, 0x1p-25f}) {
    CAPTURE(x);
    CHECK(rounds_well<TestType>(bits_of(x)));
    CHECK(rounds_well<TestType>(bits_of(-x)));
  }
  std::uint64_t state = 1;
  for (int i = 0; i < 2000000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const auto u = static_cast<std::uint32_t>(state >> 32);
    if (!rounds_well<TestType>(u)) FAIL("float with bits " << u);
  }
}

TEMPLATE_TEST_CASE("all 2^32 floats round as Eigen's", "[core][.slow]", bf16_case, f16_case) {
  std::uint32_t u = 0;
  do {
    if (!rounds_well<TestType>(u)) FAIL("float with bits " << u);
  } while (++u != 0);
}

}  // namespace
