// SPDX-License-Identifier: BSL-1.0
// What a cache promises besides holding rows: the cap, zeros after the last token,
// ragged heads, and sentences for what does not fit.
#include "kv/model.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

matrix<float> rows(index_t n, index_t cols, std::uint64_t seed) {
  return test::random_matrix(n, cols, 1, seed);
}

TEST_CASE("the cap holds to the byte " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_options o{.kv_heads = 2, .head_dim = 16, .page = 16, .max_bytes = 1 << 16};
  const kv_cache<float> c(o);
  CHECK(c.page_bytes() == 2 * 16 * 16 * 4);  // the byte model
  CHECK(c.bytes() <= o.max_bytes);
  CHECK(c.bytes() + c.page_bytes() + 4 + 8 >
        o.max_bytes - 8);  // one page more, its reference and entries, would not fit
  o.max_bytes = c.bytes();
  CHECK(kv_cache<float>(o).free_pages() == c.free_pages());
  CHECK(kv_cache<float>(o).bytes() == o.max_bytes);
  --o.max_bytes;
  CHECK(kv_cache<float>(o).free_pages() == c.free_pages() - 1);
  o.max_bytes = 100;
  const std::string why = test::refusal([&] { kv_cache<float> none(o); });
  REQUIRE(why.rfind("argument: kv_cache: need max_bytes >= ", 0) == 0);
  const auto least = std::stoll(why.substr(38));
  o.max_bytes = least;
  CHECK(kv_cache<float>(o).free_pages() == 1);
  CHECK(kv_cache<float>(o).bytes() == least);
}

TEST_CASE("a cache fills up, says so, and goes on where it was " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_options o{.kv_heads = 1, .head_dim = 16, .page = 16, .max_bytes = 20000};
  kv_cache<float> c(o);
  const index_t room = c.free_pages() * 16;
  const auto k = rows(room + 1, 16, 3);
  CHECK(test::refusal([&] { c.append(k, k); }).substr(0, 8) == "overflow");
  CHECK(c.tokens(0) == 0);
  c.append(k.view().block(0, 0, room, 16), k.view().block(0, 0, room, 16));
  const std::string full = test::bits_of_memory(c.memory());
  CHECK(test::refusal([&] { c.append(k.view().block(0, 0, 1, 16), k.view().block(0, 0, 1, 16)); }) !=
        "nothing");
  CHECK(test::bits_of_memory(c.memory()) == full);
  o.max_tokens = 40;
  kv_cache<float> d(o);
  CHECK(d.free_pages() == 3);  // no more than 40 positions need
  d.append(k.view().block(0, 0, 48, 16), k.view().block(0, 0, 48, 16));
  CHECK(test::refusal([&] { d.append(k.view().block(0, 0, 1, 16), k.view().block(0, 0, 1, 16)); }) ==
        "overflow: kv_cache: need at most 48 positions of a head; got 48 and 1 more");
}

TEST_CASE("lanes after the last token are zeros, whatever was there " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_cache<float> c({.kv_heads = 1, .head_dim = 16, .page = 16, .max_bytes = 20000, .max_tokens = 32});
  matrix<float> bad(32, 16), good(1, 16);
  for (float& x : array_view<float>(bad.data(), 32 * 16)) x = std::numeric_limits<float>::quiet_NaN();
  const auto zeros_after = [&](index_t tokens) {
    const segment s = c.body(0);
    float k[16], v[16];
    for (int t = static_cast<int>(tokens % 16); t > 0 && t < 16; ++t) {
      c.key().get(simd::best{}, s.key(static_cast<std::uint32_t>(tokens / 16)), t, k, c.shape());
      c.value().get(simd::best{}, s.value(static_cast<std::uint32_t>(tokens / 16)), t, v, c.shape());
      for (int d = 0; d < 16; ++d)
        if (k[d] != 0 || v[d] != 0) return false;
    }
    return c.tokens(0) == tokens;
  };
  c.append(bad, bad);
  c.truncate(3);
  CHECK(zeros_after(3));
  c.truncate(0);
  c.append(bad, bad);
  c.truncate(0);
  c.append(good, good);  // into a page that was full of NaN
  CHECK(zeros_after(1));
  kv_cache<float> shared({.kv_heads = 1, .head_dim = 16, .page = 16, .max_bytes = 20000, .sequences = 2});
  shared.append(bad, bad);
  auto other = shared.fork();
  other.truncate(20);
  CHECK(shared.tokens(0) == 32);
  std::swap(c, other);
  CHECK(zeros_after(20));
  float k[16], v[16];
  CHECK((shared.get(0, 25, k, v) && k[0] != k[0]));  // the other still has its NaN
}

TEST_CASE("heads lie in runs, and as one run they are contiguous " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_cache<bf16> c(
      {.kv_heads = 3, .head_dim = 16, .page = 16, .max_bytes = 1 << 20, .max_tokens = 16 * 40, .run = 40});
  const auto k = rows(1, 48, 1);
  for (int t = 0; t < 16 * 40; ++t) c.append(k, k);
  for (index_t h = 0; h < 3; ++h)
    for (index_t p = 1; p < 40; ++p) REQUIRE(c.body(h).slots[p] == c.body(h).slots[0] + p);
  CHECK(c.free_pages() == 0);
}

TEST_CASE("a pool of sequences: forks of an empty one " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_cache<bf16> first({.kv_heads = 1, .head_dim = 16, .page = 16, .max_bytes = 1 << 20, .sequences = 3});
  auto second = first.fork(), third = first.fork();
  CHECK(test::refusal([&] { first.fork(); }) ==
        "overflow: fork: need a free one of the 3 sequences of this cache; got all in use");
  second.append(rows(20, 16, 1), rows(20, 16, 2));
  third.append(rows(5, 16, 3), rows(5, 16, 4));
  CHECK(first.used_pages() == 3);
  { const auto gone = std::move(second); }
  CHECK(first.used_pages() == 1);
  const auto again = third.fork();
  CHECK(first.used_pages() == 1);
  CHECK(again.tokens(0) == 5);
}

TEST_CASE("a cut of all heads gives back before it copies " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_cache<bf16> c({.kv_heads = 2, .head_dim = 16, .page = 16, .max_bytes = 20000, .sequences = 2});
  c.append(rows(20, 32, 1), rows(20, 32, 2));
  auto f = c.fork();
  while (f.free_pages() > 0) f.append(1, rows(1, 16, 3), rows(1, 16, 4));
  f.truncate(10);  // head 0 needs a copy of its page, head 1 has pages to give
  CHECK((f.tokens(0) == 10 && f.tokens(1) == 10 && c.tokens(0) == 20));
  float a[16], b[16], v[16];
  CHECK((f.get(0, 9, a, v) && c.get(0, 9, b, v)));
  CHECK(std::equal(a, a + 16, b));
}

TEST_CASE("a cache refuses what does not fit " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  const auto made = [](kv_options o) {
    return test::refusal([&] { kv_cache<channelwise<int4<32>>, bf16> c(o); });
  };
  CHECK(made({.kv_heads = 0}) == "argument: kv_cache: need 1 <= kv_heads <= 65536; got 0");
  CHECK(made({.page = 20}) == "argument: kv_cache: need a page of 16, 32, 48 or 64 tokens; got 20");
  CHECK(made({.batch = 100}) ==
        "argument: kv_cache: need a batch of whole pages; got 100 tokens in pages of 64");
  CHECK(made({.batch = 0}) == "argument: kv_cache: need 64 <= batch <= 1048576; got 0");
  CHECK(made({.run = 0}) == "argument: kv_cache: need 1 <= run <= 1099511627776; got 0");
  kv_cache<bf16> c({.kv_heads = 2, .head_dim = 16, .page = 16, .max_bytes = 1 << 20});
  const auto k = rows(40, 32, 1), wrong = rows(40, 31, 1);
  c.append(k, k);
  CHECK(test::refusal([&] { c.append(wrong, wrong); }) ==
        "shape: append: need K and V [tokens, 2 heads * 16], or [2, 16] for one token; got K 40x31, V 40x31");
  CHECK(test::refusal([&] { c.append(0, k, k); }) ==
        "shape: append: need K and V [tokens, 16] of one head; got K 40x32, V 40x32");
  CHECK(test::refusal([&] { c.tokens(2); }) == "argument: kv_cache: need 0 <= head < 2; got 2");
  CHECK(test::refusal([&] { c.truncate(-1); }) == "argument: truncate: need a length >= 0; got -1");
  CHECK(test::refusal([&] { c.release(0, 2); }) ==
        "argument: release: need a full page, 0 <= page < 2; got 2");
  c.release(1, 0);
  CHECK(test::refusal([&] { c.truncate(3); }) ==
        "argument: truncate: need a cut outside of released pages; got position 3");
  CHECK(c.tokens(0) == 40);
  CHECK(test::refusal([&] { c.retain(0, -1, 2); }) ==
        "argument: retain: need sinks and recent tokens >= 0; got -1 and 2");
  float x[16];
  CHECK(test::refusal([&] { c.get(0, 40, x, x); }) == "argument: get: need 0 <= position < 40; got 40");
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
