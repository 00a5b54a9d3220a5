// SPDX-License-Identifier: BSL-1.0
#include <lacuna/format.hpp>
#include <lacuna/interop/smtx.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

TEST_CASE("an smtx text is read as it stands", "[interop]") {
  const auto a = parse_smtx(std::string("3, 5, 4 \n0 2 2 4 \n1 3 0 4 \n"));
  CHECK(a.rows() == 3);
  CHECK(a.cols() == 5);
  CHECK(std::vector<std::int64_t>(a.where().row_ptr.begin(), a.where().row_ptr.end()) ==
        std::vector<std::int64_t>{0, 2, 2, 4});
  CHECK(std::vector<int>(a.where().col_idx.begin(), a.where().col_idx.end()) == std::vector<int>{1, 3, 0, 4});
  CHECK(parse_smtx(std::string("1,2,1\r\n0 1\r\n1\r\n\r\n")).nnz() == 1);
  CHECK(parse_smtx(std::string("2, 2, 0\n0 0 0\n\n")).nnz() == 0);
  CHECK(parse_smtx(std::string("2, 2, 0\n0 0 0")).nnz() == 0);
  CHECK(parse_smtx(std::string("0, 0, 0\n0\n")).rows() == 0);
}

TEST_CASE("every malformed smtx text is refused with what is wrong", "[interop]") {
  struct row {
    std::string text, want;
  };
  const std::string w = " of w.smtx", tail = "0 2 3\n1 3 0\n";
  const std::vector<row> table{
      {"", "data: smtx: need an integer rows; got the end of the text at line 1" + w},
      {"x, 4, 3\n" + tail, "data: smtx: need an integer rows; got 'x,' at line 1" + w},
      {"2 4 3\n" + tail, "data: smtx: need ','; got '4' at line 1" + w},
      {"2, 4\n" + tail, "data: smtx: need ','; got the end of the line at line 1" + w},
      {"2, 4, 3, 1\n" + tail, "data: smtx: need nothing after rows, cols and nnz; got ',' at line 1" + w},
      {"-2, 4, 3\n" + tail,
       "data: smtx: need 0 <= rows <= 11 (what the bytes can hold); got -2 at line 1" + w},
      {"2000000000, 4, 3\n" + tail,
       "data: smtx: need 0 <= rows <= 15 (what the bytes can hold); got 2000000000 at line 1" + w},
      {"2, -4, 3\n" + tail, "data: smtx: need 0 <= cols <= 2147483647; got -4 at line 1" + w},
      {"2, 2147483648, 3\n" + tail, "data: smtx: need 0 <= cols <= 2147483647; got 2147483648 at line 1" + w},
      {"2, 4, -3\n" + tail, "data: smtx: need 0 <= nnz <= 9 (what the bytes can hold); got -3 at line 1" + w},
      {"2, 4, 1000000000000\n" + tail,
       "data: smtx: need 0 <= nnz <= 14 (what the bytes can hold); got 1000000000000 at line 1" + w},
      {"2, 4, 99999999999999999999\n" + tail,
       "overflow: smtx: need an integer nnz that fits 63 bits; got '99999999999999999999' at line 1" + w},
      {"2, 4, 3\n0 2\n1 3 0\n", "data: smtx: need 3 row offsets; got 2 at line 2" + w},
      {"2, 4, 3\n0 2 3 3\n1 3 0\n", "data: smtx: need nothing after 3 row offsets; got '3' at line 2" + w},
      {"2, 4, 3\n0 2 a\n1 3 0\n", "data: smtx: need an integer row offset; got 'a' at line 2" + w},
      {"2, 4, 3\n0 2 4\n1 3 0\n", "data: smtx: need 0 <= row offset <= 3; got 4 at line 2" + w},
      {"2, 4, 3\n0 -2 3\n1 3 0\n", "data: smtx: need 0 <= row offset <= 3; got -2 at line 2" + w},
      {"2, 4, 3\n0 2 2\n1 3 0\n", "data: smtx: need a last row offset equal to nnz; got 2 and 3 in w.smtx"},
      {"2, 4, 3\n1 2 3\n1 3 0\n", "data: smtx: need row_ptr[0] = 0; got 1" + w},
      {"3, 4, 3\n0 3 2 3\n1 2 3\n",
       "data: smtx: need row_ptr ascending and <= 3; got 2 after 3 at row 1" + w},
      {"2, 4, 3\n0 2 3\n1 3\n", "data: smtx: need 3 columns; got 2 at line 3" + w},
      {"2, 4, 3\n0 2 3\n", "data: smtx: need 3 columns; got 0 at line 3" + w},
      {"2, 4, 3\n0 2 3\n1 3 0 1\n", "data: smtx: need nothing after 3 columns; got '1' at line 3" + w},
      {"2, 4, 3\n0 2 3\n1 4 0\n", "data: smtx: need 0 <= column <= 3; got 4 at line 3" + w},
      {"2, 4, 3\n0 2 3\n1 -1 0\n", "data: smtx: need 0 <= column <= 3; got -1 at line 3" + w},
      {"2, 4, 3\n0 2 3\n3 1 0\n",
       "data: smtx: need col_idx strictly ascending in a row; got 1 after 3 in row 0 (entry 1)" + w},
      {"2, 4, 3\n0 2 3\n1 1 0\n",
       "data: smtx: need col_idx strictly ascending in a row; got 1 after 1 in row 0 (entry 1)" + w},
      {"2, 4, 3\n0 2 3\n1 3 0\njunk\n",
       "data: smtx: need nothing after the line of columns; got 'junk' at line 4" + w},
      {"2, 4, 3\n0 2 3\n1 3 0.5\n", "data: smtx: need an integer column; got '0.5' at line 3" + w},
      {"1, 0, 1\n0 1\n0\n", "data: smtx: need 0 <= col_idx < 0; got 0 in row 0 (entry 0)" + w},
  };
  for (const row& r : table) {
    CAPTURE(r.text);
    CHECK(test::refusal([&] { parse_smtx(r.text, "w.smtx"); }) == r.want);
  }
}

TEST_CASE("what is written to an smtx file is read back", "[interop]") {
  const test::temporary_file file;
  for (const test::shape s : test::shapes()) {
    const auto w = test::random_matrix(s.rows, s.cols, 0.3, 5);
    CAPTURE(s.rows, s.cols);
    const auto a = encode<csr, float>(w);
    write_smtx(file.path(), encode<bitmap, bf16>(w));
    const auto b = read_smtx(file.path());
    CHECK(test::difference(decode(b), decode(convert<csr, ones>(a))) == "");
    CHECK(b.nnz() == a.nnz());
    write_smtx(file.path(), encode<dense, float>(w));
    CHECK(read_smtx(file.path()).nnz() == a.nnz());
  }
}
