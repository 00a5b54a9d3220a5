// SPDX-License-Identifier: BSL-1.0
// The typed suite for packed bitmaps of 8- and 4-bit codes, which expand bytes and half bytes on every ISA in its own way.
#include "ops/narrow.hpp"

using namespace lacuna;

TEST_CASE("products of panels of narrow bitmap " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_narrow<panel<bitmap, 4>, int8<>, int4<16, f16, asymmetric>>();
}
