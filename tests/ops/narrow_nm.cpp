// SPDX-License-Identifier: BSL-1.0
// The typed suite for packed panels of narrow N:M.
#include "ops/narrow.hpp"

using namespace lacuna;

TEST_CASE("products of panels of narrow nm " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_narrow<panel<nm<2, 4>, 4>, int8<>>();
  test::check_narrow<panel<nm<2, 4>, 8>, int4<32>>();
}
