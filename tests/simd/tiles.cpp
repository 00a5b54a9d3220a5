// SPDX-License-Identifier: BSL-1.0
//
// Products of tiles against loops, with the extremes of bytes; where the system lends no tiles there is nothing to ask.

#include <lacuna/simd/tiles.hpp>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using std::size_t;

template <int Bytes, int Count, class A>
bool same_as_loops(index_t steps, bool more, std::uint64_t seed) {
  constexpr size_t tile = 16 * Bytes, most = 3;
  std::array<std::int8_t, 2 * most * tile> x, w;
  std::array<std::int32_t, 4 * 256> c;
  twin::random_bits random{seed};
  random.fill(x), random.fill(w), random.fill(c);
  x[0] = x[5] = w[0] = w[5] = -128;
  auto want = c;
  const simd::tile_scope<A> scope(Bytes);
  simd::tile_products<Bytes, Count, A>(x.data(), most * tile, w.data(), most * tile, steps, c.data(), more);
  for (size_t i = 0; i < Count * 512; ++i) {
    const size_t a = i / 512, b = i / 256 % 2, row = i % 256 / 16, column = i % 16;
    std::int64_t sum = more ? want[i] : 0;
    for (size_t s = 0; s < static_cast<size_t>(steps); ++s)
      for (size_t k = 0; k < Bytes; ++k)
        sum += std::int64_t{x[a * most * tile + s * tile + row * Bytes + k]} *
               w[b * most * tile + s * tile + (k / 4 * 16 + column) * 4 + k % 4];
    want[i] = static_cast<std::int32_t>(sum);
  }
  return want == c;
}

TEMPLATE_LIST_TEST_CASE("products of tiles are exact " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  if (!simd::tiles_allowed<TestType>()) {
    WARN("no tiles on this machine");
    return;
  }
  for (index_t steps = 0; steps <= 3; steps += 1 + steps)
    for (const bool more : {false, true}) {
      CAPTURE(TestType::name, steps, more);
      CHECK(same_as_loops<16, 1, TestType>(steps, more, 1));
      CHECK(same_as_loops<16, 2, TestType>(steps, more, 2));
      CHECK(same_as_loops<32, 2, TestType>(steps, more, 3));
      CHECK(same_as_loops<64, 1, TestType>(steps, more, 4));
      CHECK(same_as_loops<64, 2, TestType>(steps, more, 5));
    }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
