// SPDX-License-Identifier: BSL-1.0
// decode against attention in double.
#include "attention/codecs.hpp"

using namespace lacuna;
using test::words;

TEMPLATE_TEST_CASE("decode of pruned caches " LACUNA_TEST_ISA, "[attention]", words<pruned<bf16>>,
                   (words<pruned<int8<>>, pruned<bf16, nm<2, 4>>>),
                   (words<int8<>, pruned<int8<>, nm<4, 8>>>)) {
  LACUNA_REQUIRE_ISA();
  test::check_shapes<native, TestType>();
}
