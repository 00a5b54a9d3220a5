// SPDX-License-Identifier: BSL-1.0
// The typed suite for blocks with rows as wide as a register, and for odd ones.
#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of bsr<1, 16> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_all_codecs<bsr<1, 16>>();
}

TEST_CASE("products of bsr<8, 8> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_two_codecs<bsr<8, 8>>();
}

TEST_CASE("products of bsr<3, 5> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_two_codecs<bsr<3, 5>>();
}
