// SPDX-License-Identifier: BSL-1.0
//
// The best arch of the flags is the one that the flags say.

#include <lacuna/simd/arch.hpp>
#include <string>
#include <type_traits>

#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

TEST_CASE("native means the widest registers of the flags " LACUNA_TEST_ISA, "[simd]") {
  LACUNA_REQUIRE_ISA();
  static_assert(std::is_same_v<simd::arch_of_t<native>, simd::best>);
  static_assert(std::is_same_v<simd::arch_of_t<scalar>, simd::plain>);
  static_assert(simd::plain::lanes == 8);
#if LACUNA_SCALAR_ONLY
  CHECK(std::string(simd::best::name) == "scalar");
#elif defined(__AVX512VL__)
  CHECK(simd::best::lanes == 16);
#elif defined(__AVX2__)
  CHECK(simd::best::lanes == 8);
#else
  CHECK(simd::best::lanes == 4);
#endif
  INFO(simd::best::name);
  CHECK(simd::best::registers >= 16);
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
