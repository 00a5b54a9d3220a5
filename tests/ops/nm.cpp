// SPDX-License-Identifier: BSL-1.0
// The typed suite for N:M whose span of columns fits two registers.
#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of nm<2, 4> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_all_codecs<nm<2, 4>>();
}

TEST_CASE("products of nm<4, 8> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_two_codecs<nm<4, 8>>();
}
