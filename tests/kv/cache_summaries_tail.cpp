// SPDX-License-Identifier: BSL-1.0
#include "kv/random_operations.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

TEST_CASE("a cache with summaries and a tail through random operations " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  test::check_operations<float, float, summary::channels, bf16, summary::landmarks>(
      {.head_dim = 10, .page = 32}, 32, 3000,
      {summary::channels{.count = 2, .list = {}}, summary::landmarks{.unit = 8}});
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
