// SPDX-License-Identifier: BSL-1.0
// The bytes of packed panels, which files and other objects rely on, and what validate finds in them.
#include <lacuna/format.hpp>
#include <lacuna/pack.hpp>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace lacuna;

namespace {

template <class P, class C>
std::string defect(const sparse_view<P, C>& a) {
  return P::find_defect(a.where());
}

/// 18 x 5: w(i, k) = 10 k + i + 1 where (i + k) is even.
matrix<float> checkered() {
  matrix<float> w(18, 5);
  for (index_t i = 0; i < 18; ++i)
    for (index_t k = 0; k < 5; ++k)
      if ((i + k) % 2 == 0) w(i, k) = static_cast<float>(10 * k + i + 1);
  return w;
}

}  // namespace

TEST_CASE("pack picks the form of the pattern and the codec", "[pack]") {
  using std::is_same_v;
  CHECK(is_same_v<packed_pattern<bitmap, float>, panel<bitmap, 1>>);
  CHECK(is_same_v<packed_pattern<bitmap, bf16>, panel<bitmap, 2>>);
  CHECK(is_same_v<packed_pattern<bitmap, f16>, panel<bitmap, 1>>);
  CHECK(is_same_v<packed_pattern<dense, bf16>, panel<dense, 2>>);
  CHECK(is_same_v<packed_pattern<nm<2, 4>, float>, panel<nm<2, 4>, 1>>);
  CHECK(is_same_v<packed_pattern<csr, float>, csr>);
  CHECK(is_same_v<packed_pattern<bsr<4, 4>, bf16>, bsr<4, 4>>);
}

TEST_CASE("a panel of dense holds 16 rows of one column together", "[pack]") {
  matrix<float> w(17, 3);
  for (index_t i = 0; i < 17; ++i)
    for (index_t k = 0; k < 3; ++k) w(i, k) = static_cast<float>(100 * k + i);
  const auto one = encode<panel<dense>, float>(w);
  REQUIRE(one.nnz() == 2 * 3 * 16);
  CHECK(one.value(2 * 16 + 5) == w(5, 2));
  CHECK(one.value(3 * 16 + 16) == w(16, 1));
  CHECK(one.value(3 * 16 + 1) == 0);  // row 17 does not exist
  const auto two = encode<panel<dense, 2>, bf16>(w);
  REQUIRE(two.nnz() == 2 * 2 * 32);
  CHECK(two.value(5 * 2 + 1) == w(5, 1));
  CHECK(two.value(32 + 5 * 2) == w(5, 2));
}

TEST_CASE("a mask word of a panel is 4 columns of 16 rows, in the order of the values", "[pack]") {
  const auto one = encode<panel<bitmap>, float>(checkered());
  REQUIRE(one.where().mask.size() == 4);
  CHECK(one.where().mask[0] == 0xaaaa5555aaaa5555u);
  CHECK(one.where().mask[1] == 0x5555u);
  CHECK(one.where().mask[2] == 0x0002000100020001u);
  CHECK(one.where().panel_ptr[1] == 40);
  CHECK(one.nnz() == 45);
  CHECK(one.values().size() == 45 + 16);
  CHECK(one.value(0) == 1);
  CHECK(one.value(8) == 12);  // (1, 1) after the 8 of column 0
  const auto two = encode<panel<bitmap, 2>, bf16>(checkered());
  CHECK(two.where().mask[0] == 0x9999999999999999u);
  CHECK(two.value(1) == 12);  // (0, 0), (1, 1), (2, 0) ...
}

TEST_CASE("fields of a panel of N:M lie 32 bits a row", "[pack]") {
  matrix<float> w(1, 8);
  w(0, 1) = 1, w(0, 3) = 2, w(0, 4) = 3, w(0, 6) = 4;
  const auto a = encode<panel<nm<2, 4>>, float>(w);
  REQUIRE(a.where().fields.size() == 16);
  CHECK(a.where().fields[0] == 0b10'00'11'01u);
  CHECK(a.where().fields[1] == 0);
  CHECK(a.value(0) == 1);
  CHECK(a.value(3 * 16) == 4);
}

TEST_CASE("validate finds what is wrong with a panel, and where", "[pack]") {
  using bits = panel<bitmap>;
  const std::vector<float> values(16 + 2);
  const auto of = [&](std::vector<std::uint64_t> mask, std::vector<std::int64_t> ptr, index_t rows, index_t cols) {
    return defect(sparse_view<bits, float>{rows, cols, {mask, ptr}, values});
  };
  CHECK(of({0x0001000000000001u}, {0, 2}, 1, 4) == "");
  CHECK(of({0x0001000000000001u}, {1, 2}, 1, 4) == "panel<bitmap,1>: need panel_ptr[0] = 0; got 1");
  CHECK(of({0x0000000000000001u}, {0, 2}, 1, 4) ==
        "panel<bitmap,1>: need panel_ptr to grow by the bits of each panel; got 2 after 0 at panel 0 with 1 bits");
  CHECK(of({0x0000000000000003u}, {0, 2}, 1, 4) ==
        "panel<bitmap,1>: need no bit outside the matrix; got one in panel 0, word 0");
  CHECK(of({0x0001000000000001u}, {0, 2}, 1, 3) ==
        "panel<bitmap,1>: need no bit outside the matrix; got one in panel 0, word 0");
  using groups = panel<nm<2, 4>>;
  const std::vector<float> slots(32);
  const auto fields = [&](std::uint32_t row0, std::uint32_t row1, index_t cols) {
    std::vector<std::uint32_t> f(16);
    f[0] = row0, f[1] = row1;
    return defect(sparse_view<groups, float>{1, cols, {f}, slots});
  };
  CHECK(fields(0b11'01, 0, 4) == "");
  CHECK(fields(0b01'01, 0, 4) ==
        "panel<nm<2,4>,1>: need index strictly ascending in a group; got 1 in row 0, group 0");
  CHECK(fields(0b11'01, 0, 3) == "panel<nm<2,4>,1>: need index < 3; got 3 in row 0, group 0");
  CHECK(fields(0b1'11'01, 0, 4) == "panel<nm<2,4>,1>: need index 0 in the pads; got 1 in row 0, group 1");
  CHECK(fields(0b11'01, 1, 4) == "panel<nm<2,4>,1>: need index 0 in the pads; got 1 in row 1, group 0");
}
