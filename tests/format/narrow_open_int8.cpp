// SPDX-License-Identifier: BSL-1.0
#include "format/narrow.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("codes and cells are those of the weights: int8 in open patterns", "[format]",
                        open_patterns) {
  check_narrow<TestType>(int8_codecs{}, GENERATE(1u, 2u), plain_product{});
}
