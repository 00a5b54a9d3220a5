// SPDX-License-Identifier: BSL-1.0
//
// Loads and stores of the first n lanes, for every n, in memory that ends at a page nobody may touch.

#include <lacuna/simd/vec.hpp>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using std::size_t;

template <class T, class A>
void check_raw() {
  constexpr int bytes = static_cast<int>(sizeof(T));
  constexpr size_t count = twin::lanes<A> * 4 / sizeof(T);
  twin::random_bits random{count};
  std::array<T, count> full;
  random.fill(full);
  for (size_t n = 0; n <= count; ++n) {
    CAPTURE(A::name, bytes, n);
    twin::guarded<T> in(n), out(n);
    std::array<T, count> expected{};
    for (size_t i = 0; i < n; ++i) in[i] = expected[i] = full[i];
    const auto size = static_cast<index_t>(n);
    const auto v = simd::load_raw_first<bytes, A>(in.data(), size);
    REQUIRE(twin::same_bits(twin::raw<T>(v), expected));
    simd::store_raw_first<bytes>(out.data(), size, simd::load_raw<A>(full.data()));
    for (size_t i = 0; i < n; ++i) REQUIRE(out[i] == full[i]);
    std::array<T, count> around{};  // what lies after n stays
    simd::store_raw_first<bytes>(around.data(), size, simd::load_raw<A>(full.data()));
    REQUIRE(twin::same_bits(around, expected));
  }
}

TEMPLATE_LIST_TEST_CASE("the first n values and no other byte " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  check_raw<std::uint32_t, TestType>();
  check_raw<std::uint16_t, TestType>();
  check_raw<std::uint8_t, TestType>();
}

// What a stored value means as a float; an element type that counts is exactly its type.
template <class T>
float meaning(T x) {
  return static_cast<float>(x);
}

template <class T, class A>
void check_widen(twin::random_bits& random) {
  constexpr size_t count = twin::lanes<A>;
  for (size_t n = 0; n <= count; ++n) {
    CAPTURE(A::name, sizeof(T), n);
    twin::guarded<T> in(n);
    std::array<float, count> expected{};
    for (size_t i = 0; i < n; ++i) {
      in[i] = T(random.unit());
      expected[i] = meaning(in[i]);
    }
    REQUIRE(
        twin::same_bits(twin::values(simd::widen_first<A>(in.data(), static_cast<index_t>(n))), expected));
    if (n == count) REQUIRE(twin::same_bits(twin::values(simd::widen<A>(in.data())), expected));
  }
}

TEMPLATE_LIST_TEST_CASE("stored values widen to floats, whole and first n " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  twin::random_bits random{17};
  check_widen<float, TestType>(random);
  check_widen<bf16, TestType>(random);
  check_widen<f16, TestType>(random);
}

// Every pattern at once; a signalling NaN may come out quiet.
template <class T, class A>
void check_patterns() {
  constexpr size_t count = twin::lanes<A>;
  for (size_t base = 0; base < 65536; base += count) {
    std::array<T, count> in;
    for (size_t l = 0; l < count; ++l) in[l] = T::from_bits(static_cast<std::uint16_t>(base + l));
    const auto got = twin::values(simd::widen<A>(in.data()));
    for (size_t l = 0; l < count; ++l) {
      const auto want = std::bit_cast<std::uint32_t>(static_cast<float>(in[l]));
      const auto bits = std::bit_cast<std::uint32_t>(got[l]);
      const std::uint32_t quiet = (want & 0x7fffffffu) > 0x7f800000u ? 0x00400000u : 0u;
      if ((bits | quiet) != (want | quiet)) FAIL(A::name << ", pattern " << base + l);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("all 65536 bf16 and f16 widen as the types do " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  check_patterns<bf16, TestType>();
  check_patterns<f16, TestType>();
  SUCCEED();
}

TEMPLATE_LIST_TEST_CASE("pairs of bf16 and 16-bit integers come apart " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  twin::random_bits random{19};
  std::array<bf16, 2 * twin::lanes<A>> raw;
  for (auto& x : raw) x = bf16(random.unit());
  const auto even = twin::values(simd::bf16_even(simd::load_raw<A>(raw.data())));
  const auto odd = twin::values(simd::bf16_odd(simd::load_raw<A>(raw.data())));
  std::array<std::uint16_t, twin::lanes<A>> words;
  random.fill(words);
  words[0] = 0xffff;
  const auto wide = twin::raw<std::int32_t>(simd::widen_u16<A>(words.data()));
  for (size_t l = 0; l < twin::lanes<A>; ++l) {
    CHECK(even[l] == raw[2 * l]);
    CHECK(odd[l] == raw[2 * l + 1]);
    CHECK(wide[l] == words[l]);
  }
  for (size_t n = 0; n <= twin::lanes<A>; ++n) {
    twin::guarded<std::uint16_t> in(n);
    for (size_t i = 0; i < n; ++i) in[i] = words[i];
    const auto first = twin::raw<std::int32_t>(simd::widen_u16_first<A>(in.data(), static_cast<index_t>(n)));
    for (size_t l = 0; l < twin::lanes<A>; ++l) CHECK(first[l] == (l < n ? words[l] : 0));
  }
}

TEMPLATE_LIST_TEST_CASE("typed first-n loads and stores " LACUNA_TEST_ISA, "[simd]", twin::archs) {
  LACUNA_REQUIRE_ISA();
  using A = TestType;
  for (size_t n = 0; n <= twin::lanes<A>; ++n) {
    twin::guarded<float> f(n), fo(n);
    twin::guarded<std::int32_t> i(n), io(n);
    for (size_t l = 0; l < n; ++l) f[l] = static_cast<float>(i[l] = static_cast<std::int32_t>(l) - 2);
    const auto size = static_cast<index_t>(n);
    simd::store_first(fo.data(), size, simd::load_first<A>(f.data(), size));
    simd::store_first(io.data(), size, simd::load_first<A>(i.data(), size));
    for (size_t l = 0; l < n; ++l) {
      CHECK(fo[l] == f[l]);
      CHECK(io[l] == i[l]);
    }
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
