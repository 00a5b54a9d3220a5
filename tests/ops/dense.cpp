// SPDX-License-Identifier: BSL-1.0
// The typed suite for the dense pattern.
#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of dense " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_all_codecs<dense>();
}
