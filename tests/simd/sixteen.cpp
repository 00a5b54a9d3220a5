// SPDX-License-Identifier: BSL-1.0
// Sixteen lanes, and what caches brought to simd/: blends, 16-bit products, rounding, powers of two.
#include <cmath>
#include <limits>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

template <class T, std::size_t N>
std::array<T, N> random_array(std::uint64_t seed) {
  std::array<T, N> a;
  twin::random_bits{seed}.fill(a);
  return a;
}

TEMPLATE_LIST_TEST_CASE("powers of two " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  const auto exp2_of = [](float x) { return twin::values(simd::exp2(simd::set<A>(x)))[0]; };
  for (int i = -126 * 512; i <= 127 * 512; ++i) {
    const float x = static_cast<float>(i) / 512 + 0x1p-11f;
    const double want = std::exp2(static_cast<double>(x));
    if (!(std::abs(exp2_of(x) - want) <= 0x1p-22 * want)) FAIL(A::name << " at " << x);
  }
  const float infinite = std::numeric_limits<float>::infinity();
  CHECK(exp2_of(0) == 1);
  for (const float x : {-127.0f, -1e30f, -infinite}) CHECK(exp2_of(x) == 0);
  for (const float x : {128.0f, 1e30f, infinite}) CHECK(exp2_of(x) == infinite);
  CHECK(std::isnan(exp2_of(std::numeric_limits<float>::quiet_NaN())));
  CHECK(std::isnan(exp2_of(std::bit_cast<float>(0xffffffffu))));
}

TEMPLATE_LIST_TEST_CASE("floats in the order of integers " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  const float infinite = std::numeric_limits<float>::infinity();
  const auto key = [](float x) {
    std::int32_t lane[16];
    simd::store16_raw(lane, simd::order16(simd::set16<A>(x)));
    return lane[15];
  };
  const float rising[] = {-infinite, -3e38f, -1, -1e-44f, 0, 1e-45f, 1, 1.0000001f, 3e38f, infinite};
  for (std::size_t i = 1; i < std::size(rising); ++i) CHECK(key(rising[i - 1]) < key(rising[i]));
  CHECK(key(-0.0f) == key(0.0f));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(key(nan) > key(infinite));
  CHECK(key(-nan) < key(-infinite));
  float lane[16];
  for (int l = 0; l < 16; ++l) lane[l] = static_cast<float>(l * 7 % 16) - 8;
  std::uint32_t want = 0;
  for (int l = 0; l < 16; ++l) want |= std::uint32_t{lane[l] < -2.5f} << l;
  CHECK(simd::lanes_below(simd::order16(simd::load16<A>(lane)), key(-2.5f)) == want);
}

TEMPLATE_LIST_TEST_CASE("blends and differences " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  const auto a = random_array<float, twin::lanes<A>>(1), b = random_array<float, twin::lanes<A>>(2);
  twin::random_bits random{3};
  for (int i = 0; i < 200; ++i) {
    const auto mask = static_cast<std::uint32_t>(random.next());
    const auto got = twin::values(simd::blend(mask, simd::load<A>(a.data()), simd::load<A>(b.data())));
    for (std::size_t l = 0; l < a.size(); ++l) CHECK(got[l] == ((mask >> l & 1) != 0 ? a[l] : b[l]));
  }
  std::array<std::uint16_t, 2 * twin::lanes<A>> words;
  std::array<std::int8_t, 4 * twin::lanes<A>> bytes;
  std::uint64_t want_words = 0, want_bytes = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = random.next() % 2 ? std::uint16_t{0xffff} : static_cast<std::uint16_t>(random.next() % 3);
    want_words |= std::uint64_t{words[i] != 0xffff} << i;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = random.next() % 2 ? std::int8_t{-128} : static_cast<std::int8_t>(random.next() % 100);
    want_bytes |= std::uint64_t{bytes[i] != -128} << i;
  }
  CHECK(simd::differs<2>(simd::load_raw<A>(words.data()), 0xffff) == want_words);
  CHECK(simd::differs<1>(simd::load_raw<A>(bytes.data()), -128) == want_bytes);
}

TEMPLATE_LIST_TEST_CASE("16-bit products and bytes to 16 bits " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  constexpr std::size_t n = twin::lanes<A>;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    auto a = random_array<std::int16_t, 2 * n>(seed), b = random_array<std::int16_t, 2 * n>(seed + 1000);
    for (auto& x : a) x = x == -32768 ? std::int16_t{32767} : x;
    const auto acc = random_array<std::int32_t, n>(seed + 2000);
    const auto got = twin::raw<std::int32_t>(
        simd::dot_i16(simd::load<A>(acc.data()), simd::load_raw<A>(a.data()), simd::load_raw<A>(b.data())));
    for (std::size_t l = 0; l < n; ++l) {
      const std::int64_t sum =
          std::int64_t{a[2 * l]} * b[2 * l] + std::int64_t{a[2 * l + 1]} * b[2 * l + 1] + acc[l];
      REQUIRE(got[l] == static_cast<std::int32_t>(sum));
    }
    const auto bytes = random_array<std::int8_t, 4 * n>(seed + 3000);
    const auto wide = twin::raw<std::int16_t>(simd::widen_i8<A>(bytes.data()));
    const auto raw = simd::load_raw<A>(bytes.data());
    const auto even = twin::raw<std::int16_t>(simd::i8_even(raw)),
               odd = twin::raw<std::int16_t>(simd::i8_odd(raw));
    for (std::size_t l = 0; l < 2 * n; ++l) {
      REQUIRE(wide[l] == bytes[l]);
      REQUIRE(even[l] == bytes[2 * l]);
      REQUIRE(odd[l] == bytes[2 * l + 1]);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("floats to integers and to bf16 " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  constexpr std::size_t n = twin::lanes<A>;
  twin::random_bits random{7};
  for (int i = 0; i < 1000; ++i) {
    std::array<float, n> x;
    for (auto& v : x) v = random.unit() * (i % 2 ? 4.0f : 40000.0f);
    x[0] = static_cast<float>(i) + 0.5f;  // ties go to even
    const auto v = simd::load<A>(x.data());
    const auto whole = twin::raw<std::int32_t>(simd::to_int(v));
    std::array<std::uint16_t, n> halves;
    simd::store_bf16(halves.data(), v);
    for (std::size_t l = 0; l < n; ++l) {
      REQUIRE(whole[l] == static_cast<std::int32_t>(std::nearbyint(x[l])));
      REQUIRE(halves[l] == bf16(x[l]).bits);
    }
  }
  std::array<float, n> odd{};
  odd[0] = std::bit_cast<float>(0xffffffffu);
  std::array<std::uint16_t, n> halves;
  simd::store_bf16(halves.data(), simd::load<A>(odd.data()));
  CHECK(halves[0] == 0xffff);
}

TEMPLATE_LIST_TEST_CASE("sixteen lanes " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  const auto x = random_array<float, 16>(4), y = random_array<float, 16>(5);
  const auto a = simd::load16<A>(x.data()), b = simd::load16<A>(y.data());
  std::array<float, 16> got;
  const auto check = [&](simd::f32x16<A> v, auto want) {
    simd::store16(got.data(), v);
    for (std::size_t l = 0; l < 16; ++l) CHECK(got[l] == want(x[l], y[l]));
  };
  check(a + b, [](float p, float q) { return p + q; });
  check(a - b, [](float p, float q) { return p - q; });
  check(a * b, [](float p, float q) { return p * q; });
  check(a / b, [](float p, float q) { return p / q; });
  check(max(a, b), [](float p, float q) { return p > q ? p : q; });
  check(min(a, b), [](float p, float q) { return p < q ? p : q; });
  check(abs(a), [](float p, float) { return std::abs(p); });
  simd::store16(got.data(), blend(0x00f0, a, b));
  for (std::size_t l = 0; l < 16; ++l) CHECK(got[l] == (l / 4 == 1 ? x[l] : y[l]));
  CHECK(simd::largest(a) == *std::max_element(x.begin(), x.end()));
  double total = 0;
  for (const float v : x) total += v;
  CHECK(std::abs(simd::sum(a) - total) <= 16 * 0x1p-24 * 16);

  std::array<std::uint16_t, 32 + 32> packed;
  twin::random_bits random{9};
  random.fill(packed);
  for (int i = 0; i < 100; ++i) {
    const auto mask = static_cast<std::uint32_t>(random.next());
    std::array<std::uint16_t, 32> out;
    simd::store16_raw(out.data(),
                      simd::expand16<2, A>(reinterpret_cast<const std::byte*>(packed.data()), mask));
    for (std::size_t l = 0, k = 0; l < 32; ++l) CHECK(out[l] == ((mask >> l & 1) != 0 ? packed[k++] : 0));
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
