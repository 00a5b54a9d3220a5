// SPDX-License-Identifier: BSL-1.0
// Random operations on caches that keep summaries: what they hold is what a new cache of the same rows would hold.
#include "kv/random_operations.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

TEST_CASE("a cache with summaries through random operations " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  test::check_operations<bf16, bf16, summary::box, summary::mean, summary::mass>(
      {.head_dim = 24, .page = 16}, 31, 3000,
      {summary::box{.unit = 4}, summary::mean{.unit = 24, .stride = 8}, summary::mass{}});
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
