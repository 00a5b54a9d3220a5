// SPDX-License-Identifier: BSL-1.0
// decode against attention in double.
#include "attention/codecs.hpp"

using namespace lacuna;
using test::words;

TEMPLATE_TEST_CASE("decode of int4 caches " LACUNA_TEST_ISA, "[attention]", words<int4<32>>,
                   (words<channelwise<int4<32, bf16, asymmetric>>, int4<32, f16, asymmetric>>)) {
  LACUNA_REQUIRE_ISA();
  test::check_shapes<native, TestType>();
}
