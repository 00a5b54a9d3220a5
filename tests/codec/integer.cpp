// SPDX-License-Identifier: BSL-1.0
// int8 and int4: what a cell says about its codes, how cells are chosen, and where half bytes lie.
#include <cmath>
#include <lacuna/codec/fit.hpp>
#include <lacuna/codec/int4.hpp>
#include <lacuna/codec/int8.hpp>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/near.hpp"

using namespace lacuna;

namespace {

using integer_codecs =
    std::tuple<int8<>, int8<32>, int8<64, f16>, int8<32, float>, int8<per_row, bf16, asymmetric>,
               int8<32, f16, asymmetric>, int4<>, int4<32>, int4<16, f16>, int4<64, float>,
               int4<per_row, bf16, asymmetric>, int4<16, f16, asymmetric>>;

template <class C>
double value_of(float code, const cell_t<C>& c) {
  using of = codec_of<C>;
  return (static_cast<double>(code) - static_cast<double>(of::zero_of(c))) *
         static_cast<double>(of::scale_of(c));
}

/// Half a step; three roundings of float on the way to the scale and to the code, each against the whole range; and
/// what is too small for any scale.
template <class C>
double half_step(const cell_t<C>& c, float low, float high) {
  const double range = static_cast<double>(high) - static_cast<double>(low);
  return static_cast<double>(codec_of<C>::scale_of(c)) / 2 + 3 * test::unit_roundoff<float> * range +
         static_cast<double>(codec_of<C>::most) * 0x1p-149;
}

/// A few values between low and high, both of them and zero.
std::vector<float> values_in(float low, float high, std::uint64_t seed) {
  test::random_source random(seed);
  std::vector<float> v{low, high, 0};
  for (int i = 0; i < 40; ++i) {
    const auto part = static_cast<float>(random.uniform());
    v.push_back(low * part + high * (1 - part));
  }
  return v;
}

template <class C>
cell_t<C> absmax(const std::vector<float>& v) {
  return fit::absmax{}(fit::for_codec<C>{}, v.data(), static_cast<index_t>(v.size()));
}
template <class C>
double squared_error(const std::vector<float>& v, const cell_t<C>& c) {
  double sum = 0;
  for (const float x : v) {
    const double e = value_of<C>(codec_of<C>::code(x, c), c) - static_cast<double>(x);
    sum += e * e;
  }
  return sum;
}

/// The next smaller value of a scale's type.
template <class Scale>
float below(Scale s) {
  if constexpr (std::is_same_v<Scale, float>)
    return std::nextafter(s, 0.0f);
  else
    return Scale::from_bits(static_cast<std::uint16_t>(s.bits - 1));
}

}  // namespace

static_assert(scaled_codec<int8<>> && scaled_codec<int4<16, f16, asymmetric>> && !scaled_codec<bf16> &&
              unscaled_codec<f8_e4m3> && !unscaled_codec<int8<>>);
static_assert(sizeof(cell_t<int4<32>>) == 2 && sizeof(cell_t<int4<32, f16, asymmetric>>) == 4);
static_assert(std::is_same_v<element_t<int8<32>>, std::int8_t> &&
              std::is_same_v<element_t<int8<32, bf16, asymmetric>>, std::uint8_t>);

TEMPLATE_LIST_TEST_CASE("a value is read back within half a step of its cell", "[codec]", integer_codecs) {
  using of = codec_of<TestType>;
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  test::random_source random(seed);
  const auto slots = static_cast<index_t>(43);
  for (int turn = 0; turn < 300; ++turn) {
    // Ranges of every size and shape: around zero, on one side of it, a point.
    const int exponent = static_cast<int>(random.below(40)) - 28;
    const auto size = [&] { return std::ldexp(static_cast<float>(random.uniform()), exponent); };
    const float low = turn % 3 == 0 ? 0.0f : -size(), high = turn % 3 == 1 ? 0.0f : size();
    const cell_t<TestType> c = of::cell_for(low, high);
    const std::vector<float> values = values_in(low, high, seed);
    std::vector<element_t<TestType>> codes(static_cast<std::size_t>(of::elements(slots)));
    for (index_t n = 0; n < slots; ++n)
      of::encode(codes.data(), n, of::code(values[static_cast<std::size_t>(n)], c));
    CAPTURE(of::name, low, high, of::scale_of(c), of::zero_of(c), seed);
    const double allowed = half_step<TestType>(c, low, high);
    double worst = 0;
    bool inside = true;
    for (index_t n = 0; n < slots; ++n) {
      const float q = of::decode(codes.data(), n);
      inside = inside &&
               q >= (of::has_zero ? static_cast<float>(of::least) : -static_cast<float>(of::most)) &&
               q <= static_cast<float>(of::most) && q == std::nearbyint(q) &&
               q == of::code(values[static_cast<std::size_t>(n)], c);
      worst = std::max(worst, std::fabs(value_of<TestType>(q, c) -
                                        static_cast<double>(values[static_cast<std::size_t>(n)])));
    }
    REQUIRE(inside);
    REQUIRE(worst <= allowed);
    REQUIRE(value_of<TestType>(of::decode(codes.data(), 2), c) == 0);  // zero is exact, whatever the range
  }
}

TEMPLATE_LIST_TEST_CASE("the stated roundoff holds against the largest value of a group", "[codec]",
                        integer_codecs) {
  using of = codec_of<TestType>;
  test::random_source random(5);
  for (int turn = 0; turn < 200; ++turn) {
    const auto most = static_cast<float>(1 + random.uniform());
    const cell_t<TestType> c = of::cell_for(of::has_zero ? 0 : -most, most);
    for (const float v : values_in(of::has_zero ? 0 : -most, most, static_cast<std::uint64_t>(turn))) {
      const double e = value_of<TestType>(of::code(v, c), c) - static_cast<double>(v);
      CAPTURE(of::name, most, v);
      REQUIRE(std::fabs(e) <=
              of::roundoff * static_cast<double>(most) * (1 + 8 * test::unit_roundoff<float>));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("a scale is the least one that holds its range", "[codec]", integer_codecs) {
  using of = codec_of<TestType>;
  test::random_source random(6);
  for (int turn = 0; turn < 500; ++turn) {
    const float high =
        std::ldexp(static_cast<float>(1 + random.uniform()), static_cast<int>(random.below(20)) - 10);
    const float asked = high / static_cast<float>(of::most);
    const cell_t<TestType> c = of::cell_for(0, high);
    const float s = of::scale_of(c);
    CAPTURE(of::name, high, s);
    REQUIRE(s >= asked);
    if constexpr (of::has_zero)
      REQUIRE(below(c.scale) < asked);
    else
      REQUIRE(below(c) < asked);
    REQUIRE(of::code(high, c) == std::nearbyint(high / s));  // not clipped
  }
}

TEMPLATE_LIST_TEST_CASE("a group of zeros has scale 0, and is zero", "[codec]", integer_codecs) {
  using of = codec_of<TestType>;
  for (const cell_t<TestType>& c :
       {of::cell_for(0, 0), of::cell_for(-0.0f, 0), absmax<TestType>({}), cell_t<TestType>{}}) {
    CHECK(of::scale_of(c) == 0);
    CHECK(of::zero_of(c) == 0);
    CHECK(of::code(0, c) == 0);
    CHECK(value_of<TestType>(of::code(1e30f, c), c) == 0);
  }
}

TEMPLATE_LIST_TEST_CASE("the largest values that a codec states have a finite cell", "[codec]",
                        integer_codecs) {
  using of = codec_of<TestType>;
  const float most = of::largest;
  for (const auto& [low, high] : {std::pair{-most, most}, {0.0f, most}, {-most, 0.0f}}) {
    const cell_t<TestType> c = of::cell_for(low, high);
    CAPTURE(of::name, low, high, of::scale_of(c), of::zero_of(c));
    REQUIRE(std::isfinite(of::scale_of(c)));
    for (const float v : {low, high, low / 2, high / 3})
      CHECK(std::fabs(value_of<TestType>(of::code(v, c), c) - static_cast<double>(v)) <=
            half_step<TestType>(c, low, high));
  }
}

TEMPLATE_LIST_TEST_CASE("codes beyond the range are clipped to it", "[codec]", integer_codecs) {
  using of = codec_of<TestType>;
  const cell_t<TestType> c = of::cell_for(-1, 1);
  CHECK(of::code(1e30f, c) == static_cast<float>(of::most));
  CHECK(of::code(-1e30f, c) == static_cast<float>(of::has_zero ? 0 : -of::most));
}

TEMPLATE_LIST_TEST_CASE("every code comes back, and its neighbours stay", "[codec]", integer_codecs) {
  using of = codec_of<TestType>;
  constexpr index_t slots = 9;
  std::vector<element_t<TestType>> codes(static_cast<std::size_t>(of::elements(slots)));
  std::vector<float> want(slots);
  for (index_t n = 0; n < slots; ++n) CHECK(of::decode(codes.data(), n) == 0);
  test::random_source random(7);
  for (int turn = 0; turn < 20 * (of::most - of::least + 1); ++turn) {
    const index_t n = random.below(slots);
    const auto q = static_cast<float>(of::least + turn % (of::most - of::least + 1));
    of::encode(codes.data(), n, q);
    want[static_cast<std::size_t>(n)] = q;
    for (index_t m = 0; m < slots; ++m)
      if (of::decode(codes.data(), m) != want[static_cast<std::size_t>(m)])
        FAIL("slot " << m << " after " << n);
  }
  CHECK(want != std::vector<float>(slots));
}

TEST_CASE("half bytes lie with the even slot below", "[codec]") {
  std::uint8_t codes[2] = {};
  int4<>::encode(codes, 0, -8);
  int4<>::encode(codes, 1, 7);
  int4<>::encode(codes, 2, -1);
  CHECK(codes[0] == 0x78);
  CHECK(codes[1] == 0x0f);
  int4<32, bf16, asymmetric>::encode(codes, 3, 15);
  CHECK(codes[1] == 0xff);
  CHECK(int4<>::decode(codes, 3) == -1);
  CHECK(int4<32, bf16, asymmetric>::decode(codes, 3) == 15);
}

TEMPLATE_LIST_TEST_CASE("as many bytes as the slots take", "[codec]", integer_codecs) {
  using of = codec_of<TestType>;
  for (const index_t n : {0, 1, 2, 3, 16, 17, 1000})
    CHECK(of::elements(n) == (of::bits == 8 ? n : (n + 1) / 2));
}

TEST_CASE("names say width, group, scale and zero", "[codec]") {
  CHECK(std::string(int8<>::name) == "int8<per_row,bf16>");
  CHECK(std::string(int8<32>::name) == "int8<32,bf16>");
  CHECK(std::string(int8<128, f16>::name) == "int8<128,f16>");
  CHECK(std::string(int4<16, f16, asymmetric>::name) == "int4<16,f16,asymmetric>");
  CHECK(std::string(int4<1024, float>::name) == "int4<1024,float>");
  CHECK(std::string(codec_of<f8_e4m3>::name) == "f8_e4m3");
  CHECK(std::string(codec_of<f8_e5m2>::name) == "f8_e5m2");
}

TEMPLATE_TEST_CASE("an 8-bit float is read back within the stated roundoff", "[codec]", f8_e4m3, f8_e5m2) {
  using of = codec_of<TestType>;
  test::random_source random(8);
  for (int turn = 0; turn < 20000; ++turn) {
    // Normal in both: from 2^-6 to 448.
    const auto v =
        std::ldexp(static_cast<float>(1 + random.uniform()), static_cast<int>(random.below(14)) - 6);
    if (v > codec_of<f8_e4m3>::largest) continue;
    TestType slots[3] = {};
    of::encode(slots, 1, random.chance(0.5) ? v : -v);
    REQUIRE(std::fabs(std::fabs(of::decode(slots, 1)) - v) <= static_cast<float>(of::roundoff) * v);
    REQUIRE((of::decode(slots, 0) == 0 && of::decode(slots, 2) == 0));
  }
  TestType slot{};
  of::encode(&slot, 0, of::largest);
  CHECK(of::decode(&slot, 0) == of::largest);
}

TEMPLATE_LIST_TEST_CASE("absmax clips nothing", "[codec]", integer_codecs) {
  using of = codec_of<TestType>;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    test::random_source random(seed);
    const float low = random.chance(0.3) ? 0.0f : random.any(),
                high = random.chance(0.3) ? 0.0f : random.any();
    const std::vector<float> v = values_in(std::min(low, high), std::max(low, high), seed);
    const cell_t<TestType> c = absmax<TestType>(v);
    for (const float x : v) {
      CAPTURE(of::name, x, seed);
      REQUIRE(std::fabs(value_of<TestType>(of::code(x, c), c) - static_cast<double>(x)) <=
              half_step<TestType>(c, std::min(low, 0.0f), std::max(high, 0.0f)) +
                  3 * test::unit_roundoff<float> * 2);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("clipped has no more squared error than absmax, and less where one value stands out",
                        "[codec]", integer_codecs) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    test::random_source random(seed);
    std::vector<float> v(64);
    for (float& x : v) x = random.any() * random.any() * random.any();
    const auto n = static_cast<index_t>(v.size());
    const auto c = fit::clipped{}(fit::for_codec<TestType>{}, v.data(), n);
    CAPTURE(codec_of<TestType>::name, seed);
    CHECK(squared_error<TestType>(v, c) <= squared_error<TestType>(v, absmax<TestType>(v)) * (1 + 1e-6));
    const auto same = fit::clipped{.steps = 0}(fit::for_codec<TestType>{}, v.data(), n);
    CHECK(squared_error<TestType>(v, same) == squared_error<TestType>(v, absmax<TestType>(v)));
  }
  std::vector<float> v;
  for (int i = 0; i < 40000; ++i) v.push_back(static_cast<float>(i % 101 - 50) / 100);
  v.push_back(codec_of<TestType>::bits == 4 ? 1.0f : 0.6f);
  v.push_back(-v.back());
  const auto c = fit::clipped{}(fit::for_codec<TestType>{}, v.data(), static_cast<index_t>(v.size()));
  CHECK(squared_error<TestType>(v, c) < squared_error<TestType>(v, absmax<TestType>(v)) * 0.95);
}
