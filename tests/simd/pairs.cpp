// SPDX-License-Identifier: BSL-1.0
//
// Pairs of bf16 from two registers: the nearest bf16 of every lane.

#include <lacuna/core/types.hpp>
#include <lacuna/simd/pairs.hpp>

#include <cmath>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

TEMPLATE_LIST_TEST_CASE("pair_bf16 rounds both registers to nearest even " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  twin::random_bits random{7};
  for (int round = 0; round < 300; ++round) {
    std::array<float, twin::lanes<A>> a, b;
    random.fill(a), random.fill(b);
    a[0] = HUGE_VALF, b[0] = -HUGE_VALF;
    a[1] = std::bit_cast<float>(0x3f808000u), b[1] = std::bit_cast<float>(0x3f818000u);  // ties: down, up
    a[2] = 0.0f, b[2] = -0.0f;
    a[3] = std::bit_cast<float>(0x7f7fffffu), b[3] = std::nanf("");  // overflows to infinity; stays NaN
    const auto words =
        twin::raw<std::uint16_t>(simd::pair_bf16(simd::load<A>(a.data()), simd::load<A>(b.data())));
    for (std::size_t l = 0; l < twin::lanes<A>; ++l) {
      CAPTURE(l, a[l], b[l]);
      REQUIRE(words[2 * l] == bf16(a[l]).bits);
      REQUIRE(words[2 * l + 1] == bf16(b[l]).bits);
    }
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
