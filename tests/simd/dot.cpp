// SPDX-License-Identifier: BSL-1.0
//
// Products of bytes exactly, for all 256 x 256 pairs and the extremes of four; products of bf16 within the
// rounding of two additions, exactly where no rounding is needed.

#include <lacuna/simd/dot.hpp>

#include <cmath>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using std::size_t;

template <class A>
struct byte_dot {
  static constexpr size_t count = 4 * twin::lanes<A>;
  std::array<std::uint8_t, count> u;
  std::array<std::int8_t, count> s;
  std::array<std::int32_t, twin::lanes<A>> acc;

  bool exact() const {
    const auto got = twin::raw<std::int32_t>(
        simd::dot_u8i8(simd::load<A>(acc.data()), simd::load_raw<A>(u.data()), simd::load_raw<A>(s.data())));
    for (size_t l = 0; l < twin::lanes<A>; ++l) {
      std::int64_t want = acc[l];
      for (size_t k = 4 * l; k < 4 * l + 4; ++k) want += std::int64_t{u[k]} * s[k];
      if (got[l] != static_cast<std::int32_t>(want)) return false;
    }
    return true;
  }
};

TEMPLATE_LIST_TEST_CASE("all products of bytes are exact " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  twin::random_bits random{31};
  byte_dot<TestType> t;
  for (int u = 0; u < 256; ++u) {
    for (int s = -128; s < 128; ++s) {
      // The same pair in all four places: the largest sums there are.
      t.u.fill(static_cast<std::uint8_t>(u));
      t.s.fill(static_cast<std::int8_t>(s));
      t.acc.fill(static_cast<std::int32_t>(random.next() >> 34));
      if (!t.exact()) FAIL(TestType::name << ": 4 * " << u << " * " << s);
    }
  }
  for (int i = 0; i < 20000; ++i) {
    random.fill(t.u);
    random.fill(t.s);
    for (auto& a : t.acc) a = static_cast<std::int32_t>(random.next());
    if (i % 4 == 0)
      for (size_t k = 0; k < t.u.size(); ++k)
        t.u[k] = t.u[k] < 128 ? 0 : 255, t.s[k] = t.s[k] < 0 ? -128 : 127;
    if (!t.exact()) FAIL(TestType::name << ": random bytes, round " << i);
  }
  SUCCEED();
}

TEMPLATE_LIST_TEST_CASE("products of bf16 pairs " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  constexpr size_t count = 2 * twin::lanes<A>;
  twin::random_bits random{37};
  for (int i = 0; i < 20000; ++i) {
    const bool integers = i % 2 == 0;  // small integers: nothing is rounded
    std::array<bf16, count> a, b;
    std::array<float, twin::lanes<A>> acc;
    const auto value = [&] { return integers ? std::floor(16 * random.unit()) : random.unit(); };
    for (auto& x : a) x = bf16(value());
    for (auto& x : b) x = bf16(value());
    for (auto& x : acc) x = value();
    const auto got = twin::values(
        simd::dot_bf16(simd::load<A>(acc.data()), simd::load_raw<A>(a.data()), simd::load_raw<A>(b.data())));
    for (size_t l = 0; l < twin::lanes<A>; ++l) {
      const double lo = double(a[2 * l]) * b[2 * l], hi = double(a[2 * l + 1]) * b[2 * l + 1];
      const double want = acc[l] + lo + hi, size = std::abs(double(acc[l])) + std::abs(lo) + std::abs(hi);
      const double bound = integers ? 0 : 3 * 0x1p-24 * size;
      if (!(std::abs(got[l] - want) <= bound)) FAIL(A::name << ": got " << got[l] << ", exact " << want);
    }
  }
  SUCCEED();
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
