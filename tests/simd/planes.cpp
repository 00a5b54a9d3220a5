// SPDX-License-Identifier: BSL-1.0
//
// Bit planes against shifts of every value, arithmetic on words against that on one.

#include <lacuna/simd/planes.hpp>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

TEMPLATE_LIST_TEST_CASE("plane b has bit b of every value " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  constexpr std::size_t rows = simd::words<TestType>::lanes, gap = 3;
  twin::random_bits random{7};
  for (int round = 0; round < 200; ++round) {
    twin::guarded<std::uint16_t> in(rows * (64 + gap) - gap);
    std::array<std::uint64_t, 16 * rows> out;
    for (std::size_t i = 0; i < rows * (64 + gap) - gap; ++i) {
      const auto x = random.next();  // some rounds with few planes
      in[i] = static_cast<std::uint16_t>(round % 3 == 0 ? x : round % 3 == 1 ? x & 0x8100 : 1u << (x % 16));
    }
    simd::bit_planes<TestType>(in.data(), 64 + gap, out.data());
    for (std::size_t t = 0; t < rows; ++t)
      for (std::size_t b = 0; b < 16; ++b) {
        std::uint64_t need = 0;
        for (std::size_t c = 0; c < 64; ++c)
          need |= static_cast<std::uint64_t>(in[t * (64 + gap) + c] >> b & 1) << c;
        if (out[b * rows + t] != need) FAIL(TestType::name << ", row " << t << ", plane " << b);
      }
  }
  CHECK(rows >= 4);
}

TEMPLATE_LIST_TEST_CASE("words of several rows " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using words = simd::words<TestType>;
  constexpr std::size_t n = words::lanes;
  twin::random_bits random{11};
  for (int round = 0; round < 100; ++round) {
    std::array<std::uint64_t, n> a, b, r;
    random.fill(a);
    random.fill(b);
    for (std::size_t l = 0; l < n; ++l)
      if ((round + static_cast<int>(l)) % 3 == 0) b[l] = a[l] + static_cast<std::uint64_t>(round % 2);
    const auto x = words::load(a.data()), y = words::load(b.data());
    const auto check = [&](words got, auto need) {
      got.store(r.data());
      for (std::size_t l = 0; l < n; ++l) CHECK(r[l] == need(a[l], b[l]));
    };
    check(x & y, [](auto p, auto q) { return p & q; });
    check(x + y, [](auto p, auto q) { return p + q; });
    const auto below = less(x, y);
    check(or_where(below, x, y), [](auto p, auto q) { return p < q ? p | q : p; });
    check(xor_where(below, x, y), [](auto p, auto q) { return p < q ? p ^ q : p; });
    check(minus_where(below, x, y), [](auto p, auto q) { return p < q ? p - q : p; });
    check(popcount(x), [](auto p, auto) { return static_cast<std::uint64_t>(std::popcount(p)); });
    check(words::set(a[0]), [&](auto, auto) { return a[0]; });
  }
}

TEST_CASE("the first bits of a mask " LACUNA_TEST_ISA, "[simd]") {
  LACUNA_REQUIRE_ISA();
  twin::random_bits random{13};
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t x = random.next() & (round % 2 ? random.next() : ~std::uint64_t{0});
    for (const std::uint64_t mask : {x, std::uint64_t{0}, ~std::uint64_t{0}, x << 63, std::uint64_t{1}}) {
      std::uint64_t need = 0;
      for (int n = 0, at = 0; n <= 64; ++n) {
        REQUIRE(simd::first_bits(mask, n) == need);
        while (at < 64 && !(mask >> at & 1)) ++at;
        if (at < 64) need |= std::uint64_t{1} << at++;
      }
    }
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
