// SPDX-License-Identifier: BSL-1.0
#include "kv/random_operations.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

TEST_CASE("random operations equal a plain model: numbers as they are " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  test::check_operations<float, bf16>({.head_dim = 20, .page = 16}, 1);
  test::check_operations<bf16, f16, float>({.head_dim = 16, .page = 32}, 2);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
