// SPDX-License-Identifier: BSL-1.0
//
// Arithmetic, loads, first-n loads and widening against one lane at a time.

#include <lacuna/simd/vec.hpp>

#include <cmath>
#include <limits>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using std::size_t;

template <class A>
struct inputs {
  std::array<float, twin::lanes<A>> a, b, c;
  inputs() {
    twin::random_bits random{7};
    random.fill(a);
    random.fill(b);
    random.fill(c);
  }
};

TEMPLATE_LIST_TEST_CASE("arithmetic is lane by lane " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  const inputs<A> in;
  const auto a = simd::load<A>(in.a.data()), b = simd::load<A>(in.b.data()), c = simd::load<A>(in.c.data());
  const auto add = twin::values(a + b), sub = twin::values(a - b), mul = twin::values(a * b),
             div = twin::values(a / b);
  const auto fma = twin::values(simd::fma(a, b, c));
  const auto max = twin::values(simd::max(a, b)), min = twin::values(simd::min(a, b));
  for (size_t l = 0; l < twin::lanes<A>; ++l) {
    const float x = in.a[l], y = in.b[l];
    CHECK(add[l] == x + y);
    CHECK(sub[l] == x - y);
    CHECK(mul[l] == x * y);
    CHECK(div[l] == x / y);
    CHECK(max[l] == (x > y ? x : y));
    CHECK(min[l] == (x < y ? x : y));
    // Fused or not, within an ulp of the product plus one of the sum.
    const double exact = double(x) * y + in.c[l];
    CHECK(std::abs(fma[l] - exact) <= 0x1p-24 * (std::abs(double(x) * y) + std::abs(exact)));
    CHECK(twin::values(simd::set<A>(x))[l] == x);
    CHECK(std::bit_cast<std::uint32_t>(twin::values(simd::zero<A>())[l]) == 0);
  }
}

#if LACUNA_AVX2 || LACUNA_NEON
TEST_CASE("fma rounds once " LACUNA_TEST_ISA, "[simd]") {
  LACUNA_REQUIRE_ISA();
  using A = simd::best;
  const auto a = simd::set<A>(1 + 0x1p-12f), b = simd::set<A>(1 - 0x1p-12f), c = simd::set<A>(-1.0f);
  for (float x : twin::values(simd::fma(a, b, c))) CHECK(x == -0x1p-24f);
}
#endif

TEMPLATE_LIST_TEST_CASE("max and min take the second of an unordered pair " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto one = simd::set<TestType>(1), no = simd::set<TestType>(nan);
  CHECK(twin::values(simd::max(no, one))[0] == 1);
  CHECK(twin::values(simd::min(no, one))[0] == 1);
  CHECK(std::isnan(twin::values(simd::max(one, no))[0]));
  CHECK(std::isnan(twin::values(simd::min(one, no))[0]));
}

TEMPLATE_LIST_TEST_CASE("sum adds as the stated tree " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  twin::random_bits random{11};
  for (int i = 0; i < 1000; ++i) {
    std::array<float, twin::lanes<TestType>> v;
    random.fill(v);
    const float got = simd::sum(simd::load<TestType>(v.data()));
    for (size_t half = v.size() / 2; half > 0; half /= 2)
      for (size_t l = 0; l < half; ++l) v[l] += v[l + half];
    REQUIRE(got == v[0]);
  }
}

TEMPLATE_LIST_TEST_CASE("integers wrap, shift and convert lane by lane " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  twin::random_bits random{5};
  std::array<std::uint32_t, twin::lanes<A>> x, y;
  random.fill(x);
  random.fill(y);
  const auto a = simd::load_raw<A>(x.data()), b = simd::load_raw<A>(y.data());
  const auto add = twin::raw<std::uint32_t>(a + b), sub = twin::raw<std::uint32_t>(a - b);
  const auto mul = twin::raw<std::uint32_t>(a * b), both = twin::raw<std::uint32_t>(a & b);
  const auto any = twin::raw<std::uint32_t>(a | b), up = twin::raw<std::uint32_t>(simd::shl<5>(a));
  const auto down = twin::raw<std::uint32_t>(simd::shr<5>(a)),
             same = twin::raw<std::uint32_t>(simd::shr<0>(a));
  const auto floats = twin::values(simd::to_float(a));
  for (size_t l = 0; l < twin::lanes<A>; ++l) {
    CHECK(add[l] == x[l] + y[l]);
    CHECK(sub[l] == x[l] - y[l]);
    CHECK(mul[l] == x[l] * y[l]);
    CHECK(both[l] == (x[l] & y[l]));
    CHECK(any[l] == (x[l] | y[l]));
    CHECK(up[l] == x[l] << 5);
    CHECK(down[l] == x[l] >> 5);
    CHECK(same[l] == x[l]);
    CHECK(floats[l] == static_cast<float>(static_cast<std::int32_t>(x[l])));
    CHECK(twin::raw<std::int32_t>(simd::set_i32<A>(-3))[l] == -3);
    CHECK(twin::raw<std::int32_t>(simd::zero_i32<A>())[l] == 0);
  }
  CHECK(twin::same_bits(twin::raw<std::uint32_t>(simd::as_i32(simd::as_f32(a))), x));
}

TEST_CASE("popcount and unroll " LACUNA_TEST_ISA, "[simd]") {
  LACUNA_REQUIRE_ISA();
  twin::random_bits random{3};
  for (int i = 0; i < 1000; ++i) {
    std::uint64_t x = random.next() & random.next();
    int n = 0;
    for (std::uint64_t rest = x; rest != 0; rest &= rest - 1) ++n;
    REQUIRE(simd::popcount(x) == n);
  }
  CHECK(simd::popcount(0) == 0);
  CHECK(simd::popcount(~std::uint64_t{0}) == 64);
  int order[4] = {}, calls = 0;
  simd::unroll<4>([&](auto i) LACUNA_LAMBDA { order[i] = calls++; });
  for (int i = 0; i < 4; ++i) CHECK(order[i] == i);
  const int* p = order;
  simd::opaque(p);
  CHECK(p == order);
  simd::prefetch(nullptr);
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
