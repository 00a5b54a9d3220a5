// SPDX-License-Identifier: BSL-1.0
#include <lacuna/pack/pack.hpp>

#include "interop/matrix_file_trips.hpp"

using namespace lacuna;

namespace {
using panels = std::tuple<panel<dense, 1>, panel<dense, 2>, panel<bitmap, 1>, panel<bitmap, 2>,
                          panel<nm<2, 4>, 1>, panel<nm<1, 16>, 2>>;
}  // namespace

TEMPLATE_LIST_TEST_CASE("what is saved is mapped, bit for bit: panels", "[interop]", panels) {
  check_file_round_trips<TestType>(13);
}
