// SPDX-License-Identifier: BSL-1.0
#include <lacuna/core/aligned.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>
#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {
template <class T>
bool aligned(const buffer<T>& b) {
  return reinterpret_cast<std::uintptr_t>(b.data()) % 64 == 0;
}
}  // namespace

TEMPLATE_TEST_CASE("a buffer lies on a cache line and starts as zeros", "[core]", char, std::int32_t,
                   double) {
  for (const index_t size : {0, 1, 3, 63, 64, 65, 1000}) {
    const buffer<TestType> b(size);
    CAPTURE(size);
    CHECK(b.size() == size);
    CHECK(b.bytes() == static_cast<std::size_t>(size) * sizeof(TestType));
    CHECK(aligned(b));
    index_t other = 0;
    for (const TestType v : b) other += v != TestType{0};
    CHECK(other == 0);
  }
}

TEST_CASE("a buffer copies deeply, moves by pointer and survives self-assignment", "[core]") {
  buffer<int> a(3);
  a[2] = 5;
  buffer<int> b = a;
  b[2] = 6;
  CHECK(a[2] == 5);
  CHECK(aligned(b));
  const int* const where = b.data();
  buffer<int> c = std::move(b);
  CHECK(c.data() == where);
  CHECK(b.size() == 0);  // NOLINT: a moved-from buffer is empty
  CHECK(b.data() == nullptr);
  auto& alias = c;
  c = alias;
  CHECK(c[2] == 6);
  a = std::move(c);
  CHECK(a[2] == 6);
  a = buffer<int>();
  CHECK(a.size() == 0);
}

TEST_CASE("an array view borrows whatever has data and size", "[core]") {
  std::vector<int> v{1, 2, 3};
  const std::array<int, 2> a{4, 5};
  const buffer<int> b(4);
  const array_view<const int> of_vector = v, of_array = a, of_buffer = b, of_span = std::span(v);
  CHECK(of_vector.data() == v.data());
  CHECK(of_array[1] == 5);
  CHECK(of_buffer.size() == 4);
  CHECK(of_span.data() == v.data());
  CHECK(array_view<int>(v.data() + 1, 2)[1] == 3);
  CHECK(array_view<const int>().size() == 0);
  STATIC_REQUIRE(!std::is_constructible_v<array_view<int>, const std::vector<int>&>);
  STATIC_REQUIRE(!std::is_constructible_v<array_view<const float>, const std::vector<int>&>);
}

TEST_CASE("sizes are multiplied with care", "[core]") {
  constexpr index_t most = PTRDIFF_MAX;
  CHECK(checked_product("p", 3, 5) == 15);
  CHECK(checked_product("p", 0, most) == 0);
  CHECK(checked_product("p", 1, most) == most);
  CHECK(test::refusal([] { checked_product("p", 2, most); }) ==
        "overflow: p: need sizes >= 0 whose product fits 63 bits; got 2x9223372036854775807");
  CHECK(test::refusal([] { checked_product("p", -1, -1); }) ==
        "overflow: p: need sizes >= 0 whose product fits 63 bits; got -1x-1");
}
