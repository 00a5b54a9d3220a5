// SPDX-License-Identifier: BSL-1.0
// Integer products, one pattern of each loop.
#include "ops/integer.hpp"

using namespace lacuna;

TEST_CASE("integer products of dense codes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<dense, int4<32>>();
}
TEST_CASE("integer products of a bitmap of codes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<bitmap, int8<64, f16, asymmetric>, true, col_major>();
}
TEST_CASE("integer products of N:M codes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<nm<2, 4>, int4<64>>();
}
TEST_CASE("integer products of blocks of codes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<bsr<1, 16>, int4<16, f16, asymmetric>, false>();
}
TEST_CASE("integer products without a loop of their own " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_integer_codec<csr, int8<32>, false>();
}
