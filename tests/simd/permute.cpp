// SPDX-License-Identifier: BSL-1.0
//
// lookup, lookup2, gather and window against indexing; indices carry garbage above the bits that count.

#include <lacuna/simd/permute.hpp>

#include <vector>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using std::size_t;

template <class T, class A>
void check_lookup_raw() {
  constexpr size_t count = twin::lanes<A> * 4 / sizeof(T);
  twin::random_bits random{count + 1};
  for (int i = 0; i < 2000; ++i) {
    std::array<T, count> v, at, want;
    random.fill(v);
    random.fill(at);
    for (size_t l = 0; l < count; ++l) want[l] = v[at[l] % count];
    const auto got =
        simd::lookup_raw<int{sizeof(T)}>(simd::load_raw<A>(at.data()), simd::load_raw<A>(v.data()));
    if (!twin::same_bits(twin::raw<T>(got), want)) FAIL(A::name << ", " << sizeof(T) << " bytes");
  }
}

TEMPLATE_LIST_TEST_CASE("lookup in one register " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  check_lookup_raw<std::uint32_t, TestType>();
  check_lookup_raw<std::uint16_t, TestType>();
  check_lookup_raw<std::uint8_t, TestType>();
  SUCCEED();
}

TEMPLATE_LIST_TEST_CASE("lookup of floats in one and two registers " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  constexpr size_t count = twin::lanes<A>;
  twin::random_bits random{23};
  for (int i = 0; i < 2000; ++i) {
    std::array<float, 2 * count>
        v;  // one array: g++ 12.2 -O3 miscompiles a choice between two (AVX-512, its SLP pass)
    std::array<float, count> one, two;
    std::array<std::uint32_t, count> at;
    random.fill(v);
    random.fill(at);
    for (size_t l = 0; l < count; ++l) {
      one[l] = v[at[l] % count];
      two[l] = v[at[l] % (2 * count)];
    }
    const auto idx = simd::load_raw<A>(at.data());
    const auto va = simd::load<A>(v.data()), vb = simd::load<A>(v.data() + count);
    REQUIRE(twin::same_bits(twin::values(simd::lookup(idx, va)), one));
    REQUIRE(twin::same_bits(twin::values(simd::lookup2(idx, va, vb)), two));
  }
}

template <int Span, class A>
void check_gather_within(twin::random_bits& random) {
  constexpr auto reach = static_cast<size_t>(simd::window_reach<Span, A>);
  twin::guarded<float> window(reach);
  for (size_t i = 0; i < reach; ++i) window[i] = random.unit();
  for (int i = 0; i < 500; ++i) {
    std::array<std::int32_t, twin::lanes<A>> at;
    std::array<float, twin::lanes<A>> want;
    for (size_t l = 0; l < at.size(); ++l) {
      at[l] = static_cast<std::int32_t>(random.next() % Span);
      want[l] = window[static_cast<size_t>(at[l])];
    }
    const auto idx = simd::load<A>(at.data());
    REQUIRE(twin::same_bits(twin::values(simd::gather_within<Span, A>(window.data(), idx)), want));
  }
}

TEMPLATE_LIST_TEST_CASE("gather in a window of any width " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  constexpr int L = A::lanes;
  twin::random_bits random{31};
  check_gather_within<1, A>(random);
  check_gather_within<L, A>(random);
  check_gather_within<L + 1, A>(random);
  check_gather_within<2 * L, A>(random);
  check_gather_within<3 * L, A>(random);
  check_gather_within<4 * L, A>(random);
  check_gather_within<4 * L + 3, A>(random);
}

TEMPLATE_LIST_TEST_CASE("gather reads only what the indices name " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  twin::random_bits random{29};
  twin::guarded<float> table(97);
  for (size_t i = 0; i < 97; ++i) table[i] = random.unit();
  for (int i = 0; i < 2000; ++i) {
    std::array<std::int32_t, twin::lanes<A>> at;
    std::array<float, twin::lanes<A>> want;
    for (size_t l = 0; l < at.size(); ++l) {
      at[l] = static_cast<std::int32_t>(random.next() % 97) - 48;  // negative too
      want[l] = table[static_cast<size_t>(at[l] + 48)];
    }
    REQUIRE(twin::same_bits(twin::values(simd::gather(table.data() + 48, simd::load<A>(at.data()))), want));
  }
}

template <int M, class A>
void check_window() {
  if constexpr (A::lanes % M == 0) {
    twin::guarded<float> p(M);
    std::array<float, twin::lanes<A>> want;
    for (size_t i = 0; i < M; ++i) p[i] = static_cast<float>(i + 1);
    for (size_t l = 0; l < want.size(); ++l) want[l] = p[l % M];
    CHECK(twin::same_bits(twin::values(simd::window<M, A>(p.data())), want));
  }
}

TEMPLATE_LIST_TEST_CASE("a window repeats and reads M floats " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  check_window<1, TestType>();
  check_window<2, TestType>();
  check_window<4, TestType>();
  check_window<8, TestType>();
  check_window<16, TestType>();
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
