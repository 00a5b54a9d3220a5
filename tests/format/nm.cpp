// SPDX-License-Identifier: BSL-1.0
// The canonical form of N:M: equal matrices have equal arrays, fields ascend, pads are 0.
#include <vector>
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {
template <class Buffer>
std::vector<std::remove_const_t<typename Buffer::element>> copy(const Buffer& b) {
  return {b.begin(), b.end()};
}
}  // namespace

TEST_CASE("fields lie lowest bits first, each row from a fresh byte", "[format]") {
  matrix<float> w(2, 9);
  w(0, 1) = 1, w(0, 3) = 2, w(0, 6) = 3, w(0, 8) = 4;
  w(1, 0) = 5;
  const auto a = encode<nm<2, 4>, float>(w);
  // Row 0: {1, 3} {0 spare, 2} {0, pad}; row 1: {0, 1 spare} {0, 1 spare} {0 spare, pad}.
  CHECK(copy(a.where().index) == std::vector<std::uint8_t>{0b10'00'11'01, 0, 0b01'00'01'00, 0});
  CHECK(copy(a.values()) == std::vector<float>{1, 2, 0, 3, 4, 0, 5, 0, 0, 0, 0, 0});
}

TEST_CASE("fields of 1, 4 and 8 bits", "[format]") {
  matrix<float> w(1, 6);
  w(0, 1) = w(0, 2) = w(0, 5) = 1;
  CHECK(copy(encode<nm<1, 2>, float>(w).where().index) == std::vector<std::uint8_t>{0b101});
  CHECK(copy(encode<nm<3, 7>, float>(w).where().index) == std::vector<std::uint8_t>{0x21, 0x05});
  CHECK(copy(encode<nm<3, 17>, float>(w).where().index) == std::vector<std::uint8_t>{1, 2, 5});
}

TEMPLATE_LIST_TEST_CASE("slots hold a value or 0; pads are index 0, value 0", "[format]", group_patterns) {
  constexpr index_t N = TestType::N, M = TestType::M;
  for (const test::shape s : test::shapes()) {
    const auto w = test::random_for<TestType>(s.rows, s.cols, 0.4, 23);
    const auto a = encode<TestType, float>(w);
    const index_t slots = TestType::row_slots(s.cols);
    index_t wrong = 0;
    for (index_t i = 0; i < s.rows; ++i)
      for (index_t slot = 0; slot < slots; ++slot) {
        const index_t g = slot / N, width = std::min(M, s.cols - g * M);
        const std::uint8_t* const row = a.where().index.data() + i * TestType::row_bytes(s.cols);
        const index_t f = TestType::field(row, slot);
        const float v = a.values()[i * slots + slot];
        if (slot % N >= width)
          wrong += f != 0 || v != 0;
        else
          wrong +=
              f >= width || v != w(i, g * M + f) || (slot % N > 0 && f <= TestType::field(row, slot - 1));
      }
    CAPTURE(TestType::name(), s.rows, s.cols);
    CHECK(wrong == 0);
    const auto again = convert<TestType>(convert<csr>(a));  // one matrix, one form
    CHECK(copy(again.where().index) == copy(a.where().index));
    CHECK(copy(again.values()) == copy(a.values()));
  }
}
