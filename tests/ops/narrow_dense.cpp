// SPDX-License-Identifier: BSL-1.0
// The typed suite for packed panels of dense 8- and 4-bit codes.
#include "ops/narrow.hpp"

using namespace lacuna;

TEST_CASE("products of panels of narrow dense " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_narrow<panel<dense, 4>, int8<32>>();
  test::check_narrow<panel<dense, 8>, int4<16, f16, asymmetric>>();
}
