// SPDX-License-Identifier: BSL-1.0
//
// exp against double, over the range of float and at its ends.

#include <lacuna/simd/math.hpp>

#include <cmath>
#include <limits>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

template <class A>
float exp_of(float x) {
  return twin::values(simd::exp(simd::set<A>(x)))[0];
}

TEMPLATE_LIST_TEST_CASE("exp is within 1.5 ulp " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  for (int i = -86000; i <= 88000; i += 7) {
    const float x = static_cast<float>(i) * 0.001f;
    const double want = std::exp(double(x));
    const double ulp = std::ldexp(1.0, std::ilogb(want) - 23);
    CAPTURE(x);
    REQUIRE(std::abs(exp_of<TestType>(x) - want) <= 1.5 * ulp);
  }
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(exp_of<TestType>(0) == 1);
  CHECK(exp_of<TestType>(-inf) == 0);
  CHECK(exp_of<TestType>(inf) == inf);
  CHECK(exp_of<TestType>(100) == inf);
  CHECK(exp_of<TestType>(-200) == 0);
  CHECK(std::isnan(exp_of<TestType>(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
