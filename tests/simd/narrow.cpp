// SPDX-License-Identifier: BSL-1.0
//
// 16-bit stores, lanes below a limit, and squares mirrored in registers, against loops.

#include <lacuna/simd/narrow.hpp>
#include <lacuna/simd/transpose.hpp>
#include <limits>
#include <vector>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

TEMPLATE_LIST_TEST_CASE("store_u16 keeps the low 16 bits and writes no more " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  constexpr std::size_t lanes = twin::lanes<TestType>;
  twin::random_bits random{1};
  for (int i = 0; i < 1000; ++i) {
    std::array<std::int32_t, lanes> v;
    random.fill(v);
    twin::guarded<std::uint16_t> out(lanes);
    simd::store_u16<TestType>(out.data(), simd::load<TestType>(v.data()));
    for (std::size_t l = 0; l < lanes; ++l) REQUIRE(out[l] == static_cast<std::uint16_t>(v[l]));
  }
}

TEMPLATE_LIST_TEST_CASE("count_below compares as signed " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  constexpr std::size_t lanes = twin::lanes<TestType>;
  constexpr auto least = std::numeric_limits<std::int32_t>::min(),
                 most = std::numeric_limits<std::int32_t>::max();
  twin::random_bits random{2};
  for (int i = 0; i < 1000; ++i) {
    std::array<std::int32_t, lanes> v;
    random.fill(v);
    v[0] = least;
    v[1] = most;
    for (const std::int32_t limit : {least, -1, 0, 1, v[2], most}) {
      int n = 0;
      for (const std::int32_t x : v) n += x < limit;
      REQUIRE(simd::count_below<TestType>(simd::load<TestType>(v.data()), limit) == n);
      const std::uint32_t mask = simd::lanes_below<TestType>(simd::load<TestType>(v.data()), limit);
      for (std::size_t l = 0; l < lanes; ++l) REQUIRE((mask >> l & 1u) == (v[l] < limit ? 1u : 0u));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("transpose mirrors a square and touches nothing else " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  constexpr index_t lanes = TestType::lanes;
  for (const index_t from_stride : {lanes, lanes + 3})
    for (const index_t to_stride : {lanes, lanes + 5}) {
      std::vector<float> from(static_cast<std::size_t>(lanes * from_stride)),
          to(static_cast<std::size_t>(lanes * to_stride), -1.0f);
      for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
      simd::transpose<TestType>(from.data(), from_stride, to.data(), to_stride);
      for (index_t j = 0; j < lanes; ++j)
        for (index_t i = 0; i < to_stride; ++i)
          REQUIRE(to[static_cast<std::size_t>(j * to_stride + i)] ==
                  (i < lanes ? from[static_cast<std::size_t>(i * from_stride + j)] : -1.0f));
    }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
