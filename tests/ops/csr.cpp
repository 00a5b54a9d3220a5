// SPDX-License-Identifier: BSL-1.0
// The typed suite for compressed sparse rows, with wide and with narrow index types.
#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of csr " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_all_codecs<csr>();
}

TEST_CASE("products of basic_csr<std::uint16_t, std::int32_t> " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_in_two_codecs<basic_csr<std::uint16_t, std::int32_t>>();
}

// Columns that do not fit the lanes of a gather are read one by one.
TEST_CASE("products of csr with 64-bit columns " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<basic_csr<std::int64_t, std::int64_t>, test::layouts::both, float>();
}
