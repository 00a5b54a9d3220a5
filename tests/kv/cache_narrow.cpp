// SPDX-License-Identifier: BSL-1.0
#include "kv/random_operations.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

TEST_CASE("random operations equal a plain model: integers " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  test::check_operations<int8<per_row>, int4<32>>({.head_dim = 40, .page = 16}, 3);
  test::check_operations<channelwise<int4<32>>, int4<32>>({.head_dim = 32, .page = 32}, 4);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
