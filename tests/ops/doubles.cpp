// SPDX-License-Identifier: BSL-1.0
// The typed suite for double, which every pattern has on the reference path.
#include "ops/suite.hpp"

using namespace lacuna;

TEMPLATE_TEST_CASE("products in double " LACUNA_TEST_ISA, "[ops]", dense, csr,
                   (basic_csr<std::uint16_t, std::int32_t>), bitmap, (nm<2, 4>), (nm<3, 7>), (bsr<4, 4>),
                   (bsr<3, 5>)) {
  LACUNA_REQUIRE_ISA();
  test::check_pattern<TestType, test::layouts::both, double>();
}
