// SPDX-License-Identifier: BSL-1.0
// The typed suite for bitmaps.
#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of bitmap " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_all_codecs<bitmap>();
}
