// SPDX-License-Identifier: BSL-1.0
// Each rule of each pattern, broken once: validate names the rule, what it found and the row.
#include <vector>
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

template <class A>
std::string defect(const A& a) {
  const std::string text = find_defect(a);
  CHECK(test::refusal([&] { validate(a); }) == (text.empty() ? "nothing" : "data: " + text));
  return text;
}

/// 3 x 5 with the columns {1, 3}, {}, {0, 2, 4}, then one entry overwritten.
struct csr_arrays {
  std::vector<std::int64_t> row_ptr{0, 2, 2, 5};
  std::vector<std::int32_t> col_idx{1, 3, 0, 2, 4};
  std::vector<float> values = std::vector<float>(5, 1.0f);
  std::string defect_of() const { return defect(sparse_view<csr, float>{3, 5, {row_ptr, col_idx}, values}); }
};

/// 6 x 10 in blocks of 2 x 3 (the last block column is 1 wide), block columns {1, 3}, {}, {0}.
struct bsr_arrays {
  std::vector<std::int64_t> row_ptr{0, 2, 2, 3};
  std::vector<std::int32_t> col_idx{1, 3, 0};
  std::vector<float> values = std::vector<float>(18, 1.0f);
  std::string defect_of() const {
    return defect(sparse_view<bsr<2, 3>, float>{6, 10, {row_ptr, col_idx}, values});
  }
};

/// 2 x 70: bits 0 and 69, then 3.
struct bitmap_arrays {
  std::vector<std::uint64_t> mask{1, std::uint64_t{1} << 5, 8, 0};
  std::vector<std::int64_t> row_ptr{0, 2, 3};
  std::vector<float> values = std::vector<float>(3, 1.0f);
  std::string defect_of() const { return defect(sparse_view<bitmap, float>{2, 70, {mask, row_ptr}, values}); }
};

/// 2 x 9 of 2:4: groups of 4, 4 and 1 columns; fields lowest first, 4 a byte: {0,1} {2,3} | {0, pad}.
struct nm_arrays {
  std::vector<std::uint8_t> index{0b11'10'01'00, 0, 0b11'10'01'00, 0};
  std::vector<float> values = std::vector<float>(12, 0.0f);
  std::string defect_of() const { return defect(sparse_view<nm<2, 4>, float>{2, 9, {index}, values}); }
};

}  // namespace

TEST_CASE("csr: every broken rule is found", "[format]") {
  csr_arrays a;
  SECTION("none") { CHECK(a.defect_of() == ""); }
  SECTION("wrong start") {
    a.row_ptr[0] = 1;
    CHECK(a.defect_of() == "csr: need row_ptr[0] = 0; got 1");
  }
  SECTION("descending row_ptr") {
    a.row_ptr[2] = 1;
    CHECK(a.defect_of() == "csr: need row_ptr ascending and <= 5; got 1 after 2 at row 1");
  }
  SECTION("negative row_ptr") {
    a.row_ptr[1] = -1;
    CHECK(a.defect_of() == "csr: need row_ptr ascending and <= 5; got -1 after 0 at row 0");
  }
  SECTION("row_ptr past the end") {
    a.row_ptr[1] = 9;
    CHECK(a.defect_of() == "csr: need row_ptr ascending and <= 5; got 9 after 0 at row 0");
  }
  SECTION("huge row_ptr") {
    a.row_ptr[1] = INT64_MAX;
    a.row_ptr[2] = INT64_MIN;
    CHECK(a.defect_of().find("at row 0") != std::string::npos);
  }
  SECTION("column past the last") {
    a.col_idx[4] = 5;
    CHECK(a.defect_of() == "csr: need 0 <= col_idx < 5; got 5 in row 2 (entry 4)");
  }
  SECTION("negative column") {
    a.col_idx[2] = -1;
    CHECK(a.defect_of() == "csr: need 0 <= col_idx < 5; got -1 in row 2 (entry 2)");
  }
  SECTION("unsorted") {
    std::swap(a.col_idx[0], a.col_idx[1]);
    CHECK(a.defect_of() == "csr: need col_idx strictly ascending in a row; got 1 after 3 in row 0 (entry 1)");
  }
  SECTION("duplicate") {
    a.col_idx[3] = 4;
    CHECK(a.defect_of() == "csr: need col_idx strictly ascending in a row; got 4 after 4 in row 2 (entry 4)");
  }
}

TEST_CASE("csr with unsigned indices and offsets: nothing wraps", "[format]") {
  const std::vector<std::uint64_t> row_ptr{0, UINT64_MAX, 2};
  const std::vector<std::uint32_t> col_idx{0, UINT32_MAX};
  const std::vector<float> values{1, 2};
  using wide = basic_csr<std::uint32_t, std::uint64_t>;
  CHECK(defect(sparse_view<wide, float>{2, 5, {row_ptr, col_idx}, values}).find("at row 0") !=
        std::string::npos);
  const std::vector<std::uint64_t> good{0, 1, 2};
  CHECK(defect(sparse_view<wide, float>{2, 5, {good, col_idx}, values}) ==
        "csr: need 0 <= col_idx < 5; got 4294967295 in row 1 (entry 1)");
}

TEST_CASE("bsr: every broken rule is found", "[format]") {
  bsr_arrays a;
  SECTION("none") { CHECK(a.defect_of() == ""); }
  SECTION("wrong start") {
    a.row_ptr[0] = -2;
    CHECK(a.defect_of() == "bsr<2,3>: need row_ptr[0] = 0; got -2");
  }
  SECTION("descending row_ptr") {
    a.row_ptr[1] = 3;
    a.col_idx = {0, 1, 3};
    CHECK(a.defect_of() == "bsr<2,3>: need row_ptr ascending and <= 3; got 2 after 3 at row 1");
  }
  SECTION("row_ptr past the end") {
    a.row_ptr[2] = 4;
    CHECK(a.defect_of() == "bsr<2,3>: need row_ptr ascending and <= 3; got 4 after 2 at row 1");
  }
  SECTION("block column past the last") {
    a.col_idx[1] = 4;
    CHECK(a.defect_of() == "bsr<2,3>: need 0 <= col_idx < 4; got 4 in row 0 (entry 1)");
  }
  SECTION("negative block column") {
    a.col_idx[2] = -7;
    CHECK(a.defect_of() == "bsr<2,3>: need 0 <= col_idx < 4; got -7 in row 2 (entry 2)");
  }
  SECTION("duplicate") {
    a.col_idx[0] = 3;
    CHECK(a.defect_of() ==
          "bsr<2,3>: need col_idx strictly ascending in a row; got 3 after 3 in row 0 (entry 1)");
  }
}

TEST_CASE("bitmap: every broken rule is found", "[format]") {
  bitmap_arrays a;
  SECTION("none") { CHECK(a.defect_of() == ""); }
  SECTION("wrong start") {
    a.row_ptr[0] = 1;
    CHECK(a.defect_of() == "bitmap: need row_ptr[0] = 0; got 1");
  }
  SECTION("popcount mismatch") {
    a.mask[1] = 0;
    CHECK(a.defect_of() ==
          "bitmap: need row_ptr to grow by the bits of each row; got 2 after 0 at row 0 with 1 bits");
  }
  SECTION("descending row_ptr") {
    a.row_ptr[1] = -4;
    CHECK(a.defect_of() ==
          "bitmap: need row_ptr to grow by the bits of each row; got -4 after 0 at row 0 with 2 bits");
  }
  SECTION("huge row_ptr") {
    a.row_ptr[1] = INT64_MIN;
    CHECK(a.defect_of().find("at row 0") != std::string::npos);
  }
  SECTION("bits past the last column") {
    a.mask[3] = std::uint64_t{1} << 6;
    a.mask[2] = 0;
    CHECK(a.defect_of() == "bitmap: need no bit past the last column 69; got one in row 1");
  }
}

TEST_CASE("nm: every broken rule is found", "[format]") {
  nm_arrays a;
  SECTION("none") { CHECK(a.defect_of() == ""); }
  SECTION("descending in a group") {
    a.index[0] = 0b11'10'00'01;
    CHECK(a.defect_of() == "nm<2,4>: need index strictly ascending in a group; got 0 in row 0, group 0");
  }
  SECTION("twice the same in a group") {
    a.index[2] = 0b11'11'01'00;
    CHECK(a.defect_of() == "nm<2,4>: need index strictly ascending in a group; got 3 in row 1, group 1");
  }
  SECTION("past the end of a short group") {
    a.index[3] = 0b10;
    CHECK(a.defect_of() == "nm<2,4>: need index < 1; got 2 in row 1, group 2");
  }
  SECTION("a pad that is not 0") {
    a.index[1] = 0b01'00;
    CHECK(a.defect_of() == "nm<2,4>: need index 0 in the pads of a short group; got 1 in row 0, group 2");
  }
  SECTION("past a group whose width is no power of two") {
    const std::vector<std::uint8_t> index{0x21, 0x07};  // 3:7: 1, 2, 7
    CHECK(defect(sparse_view<nm<3, 7>, float>{1, 7, {index}, std::vector<float>(3)}) ==
          "nm<3,7>: need index < 7; got 7 in row 0, group 0");
  }
}

TEST_CASE("empty matrices have no defect, whatever their other side", "[format]") {
  for_each_type(std::tuple_cat(open_patterns{}, group_patterns{}, panel_patterns{}), [](auto p) {
    using P = decltype(p);
    CAPTURE(P::name());
    CHECK(defect(sparse_matrix<P, float>()) == "");
    CHECK(defect(encode<P, float>(matrix<float>(0, 9))) == "");
    CHECK(defect(encode<P, float>(matrix<float>(9, 0))) == "");
  });
}
