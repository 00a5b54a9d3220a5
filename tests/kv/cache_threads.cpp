// SPDX-License-Identifier: BSL-1.0
// Threads: many decode one cache at once, and a fork grows beside those who read the other.
#include <lacuna/attention/decode.hpp>
#include <lacuna/kv/cache.hpp>
#include <lacuna/kv/codec/channelwise.hpp>
#include <lacuna/kv/codec/int4.hpp>

#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

template <class Cache>
void check_readers(Cache& c) {
  const auto k = test::random_matrix(500, 2 * 32, 1, 1), v = test::random_matrix(500, 2 * 32, 1, 2),
             q = test::random_matrix(4, 32, 1, 3);
  c.append(k, v);
  auto own = c.fork();
  matrix<float> need(4, 32);
  decode(q, c, need);
  std::vector<std::string> differences(3);
  std::vector<std::thread> readers;
  for (auto& d : differences)
    readers.emplace_back([&] {
      for (int n = 0; n < 20 && d.empty(); ++n) {
        matrix<float> out(4, 32);
        decode(q, c, out);
        d = test::difference(out, need);
      }
    });
  for (int n = 0; n < 20; ++n) {  // writes to shared pages: copies them
    own.append(k.view().block(n, 0, 7, 64), v.view().block(n, 0, 7, 64));
    own.truncate(480 + n % 3);
  }
  for (auto& r : readers) r.join();
  for (const auto& d : differences) CHECK(d == "");
  CHECK(c.tokens(1) == 500);
}

TEST_CASE("readers of a cache, and a fork that is written " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  const kv_options o{
      .kv_heads = 2, .head_dim = 32, .max_bytes = 1 << 22, .sequences = 2, .window = 8, .batch = 64};
  kv_cache<bf16> dense(o);
  check_readers(dense);
  kv_cache<channelwise<int4<32>>, int4<32>> tailed(o);
  check_readers(tailed);
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
