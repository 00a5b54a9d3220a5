// SPDX-License-Identifier: BSL-1.0
// The typed suite for narrow codecs in plain patterns.
#include "ops/narrow.hpp"

using namespace lacuna;

TEST_CASE("products of narrow csr " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_narrow<csr, int4<16, f16, asymmetric>>();
}
TEST_CASE("products of narrow bsr " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_narrow<bsr<3, 5>, int8<32>>();
  test::check_narrow<bsr<1, 16>, int4<16>>();
}
TEST_CASE("products of 8-bit floats " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_narrow<dense, f8_e4m3>();
}
