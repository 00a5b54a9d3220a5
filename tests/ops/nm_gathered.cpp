// SPDX-License-Identifier: BSL-1.0
// The typed suite for N:M that is gathered: a wide span, and N that divides no register.
#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of nm<1, 4> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_all_codecs<nm<1, 4>>();
}

TEST_CASE("products of nm<1, 16> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_two_codecs<nm<1, 16>>();
}

TEST_CASE("products of nm<3, 7> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_two_codecs<nm<3, 7>>();
}
