// SPDX-License-Identifier: BSL-1.0
// The typed suite for packed panels.
#include <lacuna/pack.hpp>

#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of panels of dense " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<panel<dense>, test::layouts::both, float, f16>();
  test::check_pattern<panel<dense, 2>, test::layouts::all_four, bf16>();
}
TEST_CASE("products of panels of bitmap " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<panel<bitmap>, test::layouts::both, float, f16>();
  test::check_pattern<panel<bitmap, 2>, test::layouts::all_four, bf16>();
}
