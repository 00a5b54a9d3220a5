// SPDX-License-Identifier: BSL-1.0
#include "format/round_trip.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("encode, then decode, is the same matrix: open patterns", "[format]", open_patterns) {
  const std::uint64_t seed = GENERATE(1u, 2u);
  check_round_trips<TestType>(seed);
  check_ones_round_trip<TestType>(seed);
}
