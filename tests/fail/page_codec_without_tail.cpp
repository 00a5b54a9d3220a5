// expect: whole_pages_have_a_tail
// SPDX-License-Identifier: BSL-1.0
// Pruned pages are written whole; a cache of them that has no tail could not take a single token.
#include <lacuna/kv.hpp>

int main() {
#ifdef LACUNA_FAIL
  using cache = lacuna::kv_cache<lacuna::pruned<lacuna::bf16>, lacuna::bf16, lacuna::no_tail>;
#else
  using cache = lacuna::kv_cache<lacuna::pruned<lacuna::bf16>, lacuna::bf16>;
#endif
  const cache c({.kv_heads = 1, .max_bytes = 1 << 20});
  return static_cast<int>(c.tokens(0));
}
