// SPDX-License-Identifier: BSL-1.0
// Integer products: the other codecs and groups.
#include "ops/integer.hpp"

using namespace lacuna;

TEST_CASE("integer products of other codes: dense " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<dense, int8<>>();
  test::check_integer_codec<dense, int4<16, f16, asymmetric>>();
  test::check_integer_codec<dense, int8<1024>>();  // long groups
}
TEST_CASE("integer products of other codes: bitmap, blocks " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<bitmap, int4<per_row, f16>>();
  test::check_integer_codec<bsr<1, 16, std::uint16_t>, int8<16>, false>();
  test::check_integer_codec<bsr<4, 4>, int4<32>, false>();
}
TEST_CASE("integer products of other codes: N:M " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<nm<1, 8>, int8<>>();
  test::check_integer_codec<nm<4, 8>, int8<32>>();
  test::check_integer_codec<nm<1, 16>, int8<32>>();  // two cells in a lane
}
