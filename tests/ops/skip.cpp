// SPDX-License-Identifier: BSL-1.0
// Skipping in the patterns that list their entries in place.
#include "ops/skip.hpp"

using namespace lacuna;
using best = simd::best;

TEST_CASE("skipping in csr " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<best, csr, float, bf16, f16>(0.3);
  test::check_pattern<best, csr, float>(0.9);
  test::check_pattern<best, basic_csr<std::uint16_t, std::int32_t>, float>(0.3);
  test::check_pattern<best, basic_csr<std::int64_t, std::int64_t>, float>(0.1);
}

TEST_CASE("skipping in bitmap " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<best, bitmap, float, bf16, f16>(0.3);
  test::check_pattern<best, bitmap, float>(0.95);
}

TEST_CASE("skipping in nm " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<best, nm<2, 4>, float, bf16>(0.5);
  test::check_pattern<best, nm<1, 16>, float>(0.5);
  test::check_pattern<best, nm<3, 8>, float>(0.5);
  test::check_pattern<best, nm<3, 7>, f16>(0.5);
}
