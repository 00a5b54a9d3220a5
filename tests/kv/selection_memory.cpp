// SPDX-License-Identifier: BSL-1.0
// What a selector leaves behind: pruned by release and cut, copied by a fork, counted under the cap.
#include <lacuna/kv/cache.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

std::string text(const selection* s) {
  std::string t = std::to_string(s->made_at) + ":";
  for (const page_ref& r : array_view<const page_ref>(s->list, s->count))
    t += " " + std::to_string(r.page) + "/" + std::to_string(r.tokens);
  return t;
}
void remember(selection* s, index_t made_at, std::initializer_list<page_ref> refs) {
  s->count = 0;
  for (const page_ref& r : refs) s->list[s->count++] = r;
  s->made_at = made_at, s->body = made_at;
}

template <class Cache>
void check_lists() {
  kv_options o{.kv_heads = 2,
               .head_dim = 16,
               .page = 16,
               .max_bytes = 1 << 18,
               .sequences = 2,
               .window = 4,
               .batch = 16,
               .lists = 3};
  Cache c(o);
  const auto k = test::random_matrix(100, 32, 1, 1);
  c.append(k, k);
  selection* const s = c.memory_of_list(1, 2);
  CHECK(c.memory_of_list(1, 3) == nullptr);
  CHECK(text(s) == "-1:");
  remember(s, 90, {{0, 0xffff}, {2, 0x7}, {4, 0xffff}});
  remember(c.memory_of_list(1, 0), 100, {{4, 0xffff}});
  CHECK(text(c.memory_of_list(0, 2)) == "-1:");
  CHECK(text(c.memory_of_list(1, 1)) == "-1:");
  Cache f = c.fork();
  CHECK(text(f.memory_of_list(1, 2)) == "90: 0/65535 2/7 4/65535");
  c.release(1, 2);
  CHECK(text(s) == "90: 0/65535 4/65535");
  c.truncate(99);
  CHECK(text(s) == "90: 0/65535 4/65535");
  CHECK(text(c.memory_of_list(1, 0)) == "-1:");
  f.truncate(90);
  f.append(k, k);
  CHECK(text(f.memory_of_list(1, 2)) == "90: 0/65535 2/7 4/65535");
  remember(f.memory_of_list(1, 2), 34, {{0, 0xffff}, {2, 0x3}});
  f.truncate(1, 34);
  CHECK(text(f.memory_of_list(1, 2)) == (Cache::tailed ? "34: 0/65535" : "34: 0/65535 2/3"));
  f.truncate(33);
  CHECK(text(f.memory_of_list(1, 2)) == "-1:");
}

TEST_CASE("selection memory follows what happens to its pages " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  check_lists<kv_cache<bf16>>();
  check_lists<kv_cache<float, float, bf16>>();
}

TEST_CASE("selection memory is asked for at birth and counted " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_options o{
      .kv_heads = 2, .head_dim = 16, .page = 16, .max_bytes = 1 << 18, .max_tokens = 160, .sequences = 2};
  const kv_cache<bf16> none(o);
  CHECK(none.memory_of_list(0, 0) == nullptr);
  o.lists = 4;
  CHECK(kv_cache<bf16>(o).bytes() - none.bytes() ==
        2 * 2 * 4 * (11 * 16 + static_cast<index_t>(sizeof(selection))));
  o.lists = -1;
  CHECK(test::refusal([&] { kv_cache<bf16> c(o); }) == "argument: kv_cache: need 0 <= lists <= 1024; got -1");
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
