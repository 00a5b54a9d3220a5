// SPDX-License-Identifier: BSL-1.0
#include "format/narrow_convert.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("convert keeps codes and cells bit for bit: open kinds to every kind", "[format]",
                        narrow_open_kinds) {
  check_narrow_convert<TestType, int4<32>>(narrow_open_kinds{}, 31);
  check_narrow_convert<TestType, int4<32>>(narrow_group_kinds{}, 32);
}
