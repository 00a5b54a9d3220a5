// SPDX-License-Identifier: BSL-1.0
// The typed suite for blocks of which a register holds several.
#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of bsr<4, 4> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_all_codecs<bsr<4, 4>>();
}

TEST_CASE("products of bsr<16, 1> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_two_codecs<bsr<16, 1>>();
}
