// SPDX-License-Identifier: BSL-1.0
// The order in which tokens come does not matter to the bytes of a cache.
#include "kv/model.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

matrix<float> rows(index_t n, index_t cols, std::uint64_t seed) {
  return test::random_matrix(n, cols, 1, seed);
}

/// The same tokens one by one, all at once, head by head and in two parts make the same file.
template <class K, class V, class Tail = detail::automatic_tail>
void check_order(index_t tokens) {
  const kv_options o{
      .kv_heads = 2, .head_dim = 24, .page = 32, .max_bytes = 1 << 21, .window = 5, .batch = 64};
  const auto k = rows(tokens, 48, 1), v = rows(tokens, 48, 2);
  kv_cache<K, V, Tail> one(o), all(o), heads(o), parts(o);
  for (index_t t = 0; t < tokens; ++t) {
    if (t % 2 == 0)
      one.append(k.view().block(t, 0, 1, 48), v.view().block(t, 0, 1, 48));
    else  // a token as [heads, head_dim]
      one.append(matrix_view<const float>(&k(t, 0), 2, 24), matrix_view<const float>(&v(t, 0), 2, 24));
  }
  all.append(k, v);
  for (index_t h : {1, 0})
    heads.append(h, k.view().block(0, 24 * h, tokens, 24), v.view().block(0, 24 * h, tokens, 24));
  const index_t cut = tokens / 3;
  parts.append(k.view().block(0, 0, cut, 48), v.view().block(0, 0, cut, 48));
  parts.append(k.view().block(cut, 0, tokens - cut, 48), v.view().block(cut, 0, tokens - cut, 48));
  const std::string file = test::cache_file_of(one);
  CHECK(test::cache_file_of(all) == file);
  CHECK(test::cache_file_of(heads) == file);
  CHECK(test::cache_file_of(parts) == file);
}

TEST_CASE("appending one by one equals many at once, byte for byte " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  for (const index_t n : {1, 31, 32, 68, 69, 133, 300}) {
    check_order<bf16, bf16>(n);
    check_order<int8<per_row>, float>(n);
    check_order<channelwise<int4<32>>, int4<32>>(n);
    check_order<int4<32>, int4<32>, bf16>(n);
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
