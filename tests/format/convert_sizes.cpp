// SPDX-License-Identifier: BSL-1.0
#include "format/convert.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("convert keeps everything: every size to and from a kind", "[format]", other_sizes) {
  const std::uint64_t seed = GENERATE(12u, 13u);
  check_convert_to<TestType>(std::tuple<csr, bsr<3, 5>>{}, seed);
  CAPTURE(seed);
  for (const test::shape s : test::shapes()) {
    const auto w = thin_matrix(s.rows, s.cols, seed);
    check_convert<csr, TestType>(w, encode<csr, float>(w));
  }
}
