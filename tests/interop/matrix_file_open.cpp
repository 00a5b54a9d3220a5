// SPDX-License-Identifier: BSL-1.0
#include "interop/matrix_file_trips.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("what is saved is mapped, bit for bit: open patterns", "[interop]", open_patterns) {
  check_file_round_trips<TestType>(11);
}
