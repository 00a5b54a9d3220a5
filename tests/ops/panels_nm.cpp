// SPDX-License-Identifier: BSL-1.0
// The typed suite for packed panels of N:M.
#include <lacuna/pack.hpp>

#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of panels of nm " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<panel<nm<2, 4>>, test::layouts::both, float, f16>();
  test::check_pattern<panel<nm<2, 4>, 2>, test::layouts::both, bf16>();
  test::check_pattern<panel<nm<1, 8>, 2>, test::layouts::both, bf16>();
}
TEST_CASE("products of panels of nm with wide or odd groups " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<panel<nm<1, 16>>, test::layouts::both, float>();
  test::check_pattern<panel<nm<3, 7>, 2>, test::layouts::both, bf16>();
  test::check_pattern<panel<nm<33, 64>>, test::layouts::both, float>();
}
