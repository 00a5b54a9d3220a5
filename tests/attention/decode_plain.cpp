// SPDX-License-Identifier: BSL-1.0
// decode against attention in double.
#include "attention/codecs.hpp"

using namespace lacuna;
using test::words;

TEMPLATE_TEST_CASE("decode of plain caches " LACUNA_TEST_ISA, "[attention]", words<float>, words<bf16>,
                   (words<f16, bf16>)) {
  LACUNA_REQUIRE_ISA();
  test::check_shapes<native, TestType>();
}
