// SPDX-License-Identifier: BSL-1.0
#include "format/narrow.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("codes and cells are those of the weights: every kind", "[format]", narrow_kinds) {
  check_narrow<TestType>(narrow_codecs{}, GENERATE(1u, 2u));
}
