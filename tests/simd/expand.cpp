// SPDX-License-Identifier: BSL-1.0
//
// expand and compress against loops over the mask: every mask of up to 16 lanes, random and corner masks
// above.

#include <lacuna/simd/expand.hpp>

#include "simd/twin.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

template <class T, std::size_t N>
std::array<T, N> expanded(const std::array<T, N>& v, std::uint64_t mask) {
  std::array<T, N> r{};
  std::size_t n = 0;
  for (std::size_t l = 0; l < N; ++l)
    if (mask >> l & 1) r[l] = v[n++];
  return r;
}
template <class T, std::size_t N>
std::array<T, N> compressed(const std::array<T, N>& v, std::uint64_t mask) {
  std::array<T, N> r{};
  std::size_t n = 0;
  for (std::size_t l = 0; l < N; ++l)
    if (mask >> l & 1) r[n++] = v[l];
  return r;
}

// One mask; the register holds a value in every lane, so that what must become zero shows.
template <class T, class A>
bool agrees(const std::array<T, twin::lanes<A> * 4 / sizeof(T)>& v, std::uint64_t mask) {
  constexpr int bytes = static_cast<int>(sizeof(T));
  const auto raw = simd::load_raw<A>(v.data());
  return twin::same_bits(twin::raw<T>(simd::expand_raw<bytes>(raw, mask)), expanded(v, mask)) &&
         twin::same_bits(twin::raw<T>(simd::expand_from<bytes, A>(v.data(), mask)), expanded(v, mask)) &&
         twin::same_bits(twin::raw<T>(simd::compress_raw<bytes>(raw, mask)), compressed(v, mask));
}

template <class T, class A>
void check_masks() {
  constexpr std::size_t count = twin::lanes<A> * 4 / sizeof(T);
  constexpr std::uint64_t all = count < 64 ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
  twin::random_bits random{count};
  std::array<T, count> v;
  random.fill(v);
  for (auto& x : v) x = static_cast<T>(x | 1);
  const auto check = [&](std::uint64_t mask) {
    if (!agrees<T, A>(v, mask)) FAIL(A::name << ", " << sizeof(T) << " bytes, mask " << mask);
  };
  if constexpr (count <= 16)
    for (std::uint64_t mask = 0; mask <= all; ++mask) check(mask);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t a = random.next(), b = random.next(), c = random.next();
    for (std::uint64_t mask : {a, a & b, a & b & c, a | b, a | b | c, all << (a & 63), all >> (a & 63)})
      check(mask);
  }
  for (std::uint64_t mask : {std::uint64_t{0}, all, ~all, ~std::uint64_t{0}}) check(mask);
  CHECK(count >= 4);
}

TEMPLATE_LIST_TEST_CASE("expand and compress equal their scalar twins " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  check_masks<std::uint32_t, TestType>();
  check_masks<std::uint16_t, TestType>();
  check_masks<std::uint8_t, TestType>();
}

TEMPLATE_LIST_TEST_CASE("expand of floats keeps every bit and fills with +0 " LACUNA_TEST_ISA, "[simd]",
                        twin::archs) {
  LACUNA_REQUIRE_ISA();
  std::array<float, twin::lanes<TestType>> v;
  for (std::size_t l = 0; l < v.size(); ++l)
    v[l] = std::bit_cast<float>(0xffc00001u + static_cast<std::uint32_t>(l));
  for (std::uint64_t mask = 0; mask < 16; ++mask) {
    const auto r = simd::load<TestType>(v.data());
    CHECK(twin::same_bits(twin::values(simd::expand(r, mask)), expanded(v, mask)));
    CHECK(twin::same_bits(twin::values(simd::compress(r, mask)), compressed(v, mask)));
  }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
