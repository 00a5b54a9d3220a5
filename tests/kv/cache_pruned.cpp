// SPDX-License-Identifier: BSL-1.0
#include "kv/random_operations.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

TEST_CASE("random operations equal a plain model: pruned caches " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  test::check_operations<pruned<bf16>, pruned<int8<per_row>>>({.head_dim = 40, .page = 16, .keep = 13}, 5);
  test::check_operations<pruned<bf16, nm<2, 4>>, f16>({.head_dim = 32, .page = 32}, 6);
}

TEST_CASE("a codec's amount is checked before the first page " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  const auto made = [](index_t keep) {
    return test::refusal(
        [&] { kv_cache<pruned<bf16>> c({.head_dim = 32, .max_bytes = 1 << 22, .keep = keep}); });
  };
  CHECK(made(32) == "nothing");
  CHECK(made(33) == "argument: pruned: need 1 <= keep <= head_dim 32; got 33");
  CHECK(made(0) == "argument: pruned: need 1 <= keep <= head_dim 32; got 64");
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
