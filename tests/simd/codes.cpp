// SPDX-License-Identifier: BSL-1.0
//
// Half bytes and bytes of a lane against loops: every parity and offset; the 64 bytes that may be read end at a page
// nobody may touch.

#include <lacuna/simd/codes.hpp>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using std::size_t;

TEMPLATE_LIST_TEST_CASE("half bytes come out one per byte, from any one on " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  constexpr size_t count = 4 * twin::lanes<TestType>, bytes = 160, slack = 64;
  twin::random_bits random{3};
  for (int turn = 0; turn < 20; ++turn) {
    twin::guarded<std::uint8_t> p(bytes);
    for (size_t i = 0; i < bytes; ++i) p[i] = static_cast<std::uint8_t>(random.next());
    for (size_t slot = 0; slot / 2 + slack <= bytes; ++slot) {
      const auto got = twin::raw<std::uint8_t>(simd::nibbles<TestType>(p.data(), static_cast<index_t>(slot)));
      for (size_t b = 0; b < count; ++b) {
        const size_t n = slot + b;
        CAPTURE(TestType::name, slot, b);
        REQUIRE(got[b] == (n % 2 == 0 ? p[n / 2] & 15 : p[n / 2] >> 4));
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("bytes move inside their lane " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  constexpr size_t count = 4 * twin::lanes<TestType>;
  twin::random_bits random{9};
  for (int turn = 0; turn < 100; ++turn) {
    std::array<std::uint8_t, count> v, at;
    random.fill(v), random.fill(at);
    for (auto& index : at) index = static_cast<std::uint8_t>(index & (index >= 128 ? 255 : 3));
    const auto got = twin::raw<std::uint8_t>(
        simd::lane_bytes(simd::load_raw<TestType>(v.data()), simd::load_raw<TestType>(at.data())));
    for (size_t b = 0; b < count; ++b) {
      CAPTURE(TestType::name, b);
      REQUIRE(got[b] == (at[b] >= 128 ? 0 : v[b / 4 * 4 + at[b]]));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("a byte of each lane becomes a float, unsigned " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  constexpr size_t lanes = twin::lanes<TestType>;
  twin::random_bits random{4};
  for (int turn = 0; turn < 500; ++turn) {
    std::array<std::uint8_t, 4 * lanes> bytes;
    random.fill(bytes);
    bytes[static_cast<size_t>(turn) % bytes.size()] = 255;
    const auto raw = simd::load_raw<TestType>(bytes.data());
    const auto check = [&](auto j, const std::array<float, lanes>& got) {
      for (size_t l = 0; l < lanes; ++l) {
        CAPTURE(TestType::name, j, l);
        REQUIRE(got[l] == static_cast<float>(bytes[4 * l + static_cast<size_t>(j)]));
      }
    };
    check(0, twin::values(simd::byte_lane<0>(raw)));
    check(1, twin::values(simd::byte_lane<1>(raw)));
    check(2, twin::values(simd::byte_lane<2>(raw)));
    check(3, twin::values(simd::byte_lane<3>(raw)));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(byte & 15);
    const auto low = simd::load_raw<TestType>(bytes.data());
    const auto more = [](simd::f32<TestType> v, float by) {
      auto values = twin::values(v);
      for (float& one : values) one -= by;
      return values;
    };
    check(0, more(simd::raised_byte<4, 0>(low), 16));
    check(1, more(simd::raised_byte<4, 1>(low), 16));
    check(2, more(simd::raised_byte<4, 2>(low), 16));
    check(3, more(simd::raised_byte<4, 3>(low), 16));
    simd::store_raw(bytes.data(), raw);
    check(0, more(simd::raised_byte<8, 0>(raw), 256));
    check(1, more(simd::raised_byte<8, 1>(raw), 256));
    check(2, more(simd::raised_byte<8, 2>(raw), 256));
    check(3, more(simd::raised_byte<8, 3>(raw), 256));
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
