// SPDX-License-Identifier: BSL-1.0
// Every plain codec reads back what it wrote, within the roundoff that it states.
#include <lacuna/codec/plain.hpp>

#include <cmath>
#include <limits>
#include "support/catch.hpp"
#include "support/generators.hpp"

using namespace lacuna;

TEMPLATE_TEST_CASE("a slot is read back within the stated roundoff", "[codec]", float, double, bf16, f16) {
  using codec = codec_of<TestType>;
  const std::uint64_t seed = GENERATE(41u, 42u);
  CAPTURE(seed);
  test::random_source random(seed);
  buffer<TestType> values(codec::elements(256));
  REQUIRE(values.size() == 256);
  double wanted[256], worst = 0;
  for (index_t slot = 0; slot < 256; ++slot) {
    // Normal in every codec: f16 is the narrowest with 2^-14 .. 65504.
    const auto v = std::ldexp(random.any() + 1.5f, static_cast<int>(random.below(28)) - 13);
    wanted[slot] = static_cast<double>(v);
    codec::encode(values.data(), slot, v);
  }
  for (index_t slot = 0; slot < 256; ++slot) {
    const auto back = static_cast<double>(codec::decode(values.data(), slot));
    worst = std::max(worst, std::fabs(back - wanted[slot]) / std::fabs(wanted[slot]));
  }
  CHECK(worst <= codec::roundoff);
}

TEMPLATE_TEST_CASE("what a codec holds, it holds exactly", "[codec]", float, double, bf16, f16) {
  using codec = codec_of<TestType>;
  using value = typename codec::value_type;
  const auto through = [](value v) {
    TestType slots[3] = {};
    codec::encode(slots, 1, v);
    CHECK(codec::decode(slots, 0) == 0);
    CHECK(codec::decode(slots, 2) == 0);
    return codec::decode(slots, 1);
  };
  for (int k = -127; k <= 127; ++k) CHECK(through(static_cast<value>(k) / 8) == static_cast<value>(k) / 8);
  CHECK(std::signbit(through(value{-0.0f})));
  CHECK(std::isinf(through(std::numeric_limits<value>::infinity())));
  CHECK(std::isnan(through(std::numeric_limits<value>::quiet_NaN())));
}

TEST_CASE("double keeps what float cannot", "[codec]") {
  double slot = 0;
  codec_of<double>::encode(&slot, 0, 0.1);
  CHECK(codec_of<double>::decode(&slot, 0) == 0.1);
}

TEST_CASE("ones stores nothing and reads 1", "[codec]") {
  CHECK(codec_of<ones>::elements(1000) == 0);
  CHECK(codec_of<ones>::decode(nullptr, 999) == 1);
  codec_of<ones>::encode(nullptr, 999, 7);
}
