// SPDX-License-Identifier: BSL-1.0
// A pattern and codecs from outside pass the same suite as the library's own.
#include "ops/outside.hpp"

#include "ops/suite.hpp"

using namespace lacuna;

TEST_CASE("products of a pattern from outside " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<test::runs, test::layouts::both, float, test::eighths>();
}

TEST_CASE("products of codecs from outside " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<csr, test::layouts::both, test::halved<float>>();
  test::check_pattern<dense, test::layouts::both, test::halved<bf16>>();
  test::check_pattern<bitmap, test::layouts::both, test::eighths>();
  test::check_pattern<bsr<4, 4>, test::layouts::both, test::signs_apart>();
}
