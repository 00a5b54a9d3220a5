// SPDX-License-Identifier: BSL-1.0
// The typed suite for packed panels of N:M in which each slot has a cell of its own.
#include "ops/narrow.hpp"

using namespace lacuna;

TEST_CASE("products of panels of narrow nm with as many cells as slots " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_narrow<panel<nm<1, 16>, 8>, int4<16, f16, asymmetric>>();
}
