// SPDX-License-Identifier: BSL-1.0
//
// Fields of 1, 2, 4 and 8 bits against shifting them out one by one; the last load ends at a page nobody may
// touch.

#include <lacuna/simd/unpack.hpp>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using std::size_t;

template <int Bits, class A>
void check_fields() {
  constexpr size_t count = twin::lanes<A>, bits = Bits, fields = 64 * count;
  twin::guarded<std::uint8_t> p(fields * bits / 8);
  twin::random_bits random{bits};
  for (size_t i = 0; i < fields * bits / 8; ++i) p[i] = static_cast<std::uint8_t>(random.next());
  for (size_t first = 0; first < fields; first += count) {
    const auto got =
        twin::raw<std::uint32_t>(simd::unpack_fields<Bits, A>(p.data(), static_cast<index_t>(first)));
    for (size_t l = 0; l < count; ++l) {
      std::uint32_t want = 0;
      for (size_t b = 0; b < bits; ++b) {
        const size_t bit = (first + l) * bits + b;
        want |= (p[bit / 8] >> (bit % 8) & 1u) << b;
      }
      CAPTURE(A::name, Bits, first, l);
      REQUIRE(got[l] == want);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("packed fields come out one per lane " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  check_fields<1, TestType>();
  check_fields<2, TestType>();
  check_fields<4, TestType>();
  check_fields<8, TestType>();
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
