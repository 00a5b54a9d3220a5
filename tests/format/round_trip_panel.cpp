// SPDX-License-Identifier: BSL-1.0
#include "format/round_trip.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("encode, then decode, is the same matrix: panels", "[format]", panel_patterns) {
  check_round_trips<TestType>(GENERATE(1u, 2u));
}
