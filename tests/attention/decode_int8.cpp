// SPDX-License-Identifier: BSL-1.0
// decode against attention in double.
#include "attention/codecs.hpp"

using namespace lacuna;
using test::words;

TEMPLATE_TEST_CASE("decode of int8 caches " LACUNA_TEST_ISA, "[attention]", words<int8<>>,
                   (words<channelwise<int4<32>>, int8<per_row, f16>>)) {
  LACUNA_REQUIRE_ISA();
  test::check_shapes<native, TestType>();
}
