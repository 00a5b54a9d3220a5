// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <lacuna/format.hpp>
#include <lacuna/interop/matrix_market.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

const std::string general = "%%MatrixMarket matrix coordinate real general\n";
const std::string pattern_general = "%%MatrixMarket matrix coordinate pattern general\n";
const std::string mirrored = "%%MatrixMarket matrix coordinate real symmetric\n";
const std::string skew = "%%MatrixMarket matrix coordinate real skew-symmetric\n";

matrix<float> read(const std::string& text) { return decode(parse_matrix_market(text)); }
std::string refusal_of(const std::string& text) {
  return test::refusal([&] { parse_matrix_market(text, "w.mtx"); });
}

}  // namespace

TEST_CASE("a Matrix Market text in any order becomes sorted rows", "[interop]") {
  const auto a = parse_matrix_market(
      general + "% a comment\n\n%another\n3 4 5\n3 4 -1.5\n1 2 +2e1\n3 1 .5\n1 1 7.\n3 2 0\n");
  REQUIRE(a.nnz() == 5);
  CHECK(std::vector<std::int64_t>(a.where().row_ptr.begin(), a.where().row_ptr.end()) ==
        std::vector<std::int64_t>{0, 2, 2, 5});
  CHECK(std::vector<int>(a.where().col_idx.begin(), a.where().col_idx.end()) ==
        std::vector<int>{0, 1, 0, 1, 3});
  CHECK(std::vector<float>(a.values().begin(), a.values().end()) ==
        std::vector<float>{7, 20, 0.5f, 0, -1.5f});
}

TEST_CASE("symmetry is unfolded", "[interop]") {
  const auto s = read(mirrored + "2 2 2\n1 1 5\n2 1 3\n");
  CHECK(s(0, 0) == 5);
  CHECK(s(0, 1) == 3);
  CHECK(s(1, 0) == 3);
  const auto k = read(skew + "2 2 1\n2 1 3\n");
  CHECK(k(1, 0) == 3);
  CHECK(k(0, 1) == -3);
}

TEST_CASE("fields, line ends and letters as files have them", "[interop]") {
  CHECK(read("%%MATRIXMARKET Matrix COORDINATE Integer General\r\n%c\r\n1 2 1\r\n1 2 -7\r\n\r\n")(0, 1) ==
        -7);
  CHECK(read(pattern_general + "1 2 1\n\t1  2 \n")(0, 1) == 1);
  CHECK(read(pattern_general + "1 2 1\n1 2")(0, 1) == 1);
  CHECK(read(general + "0 0 0\n").rows() == 0);
  CHECK(read(general + "0 5 0").cols() == 5);
  CHECK(read(general + "5 0 0").rows() == 5);
}

TEST_CASE("numbers are rounded correctly, nan and inf are numbers", "[interop]") {
  CHECK(std::isnan(read(general + "1 1 1\n1 1 nan\n")(0, 0)));
  CHECK(read(general + "1 1 1\n1 1 -inf\n")(0, 0) == -std::numeric_limits<float>::infinity());
  CHECK(read(general + "1 1 1\n1 1 1e-60\n")(0, 0) == 0);
  CHECK(read(general + "1 1 1\n1 1 1e-45\n")(0, 0) == std::numeric_limits<float>::denorm_min());
  CHECK(parse_matrix_market<double>(general + "1 1 1\n1 1 1e-300\n").values()[0] == 1e-300);
  CHECK(parse_matrix_market<double>(general + "1 1 1\n1 1 0.1\n").values()[0] == 0.1);
  CHECK(read(general + "1 1 1\n1 1 0.1\n")(0, 0) == 0.1f);
  // A little above the middle of 1 and the next float: by way of double it would become the even one, 1.
  CHECK(read(general + "1 1 1\n1 1 1.00000005960464477539062500001\n")(0, 0) == std::nextafter(1.0f, 2.0f));
}

TEST_CASE("every malformed Matrix Market text is refused with what is wrong", "[interop]") {
  struct row {
    std::string text, want;
  };
  const std::string banner =
      "data: matrix_market: need %%MatrixMarket matrix coordinate real|integer|pattern "
      "general|symmetric|skew-symmetric; got ";
  const std::string w = " of w.mtx";
  const std::vector<row> table{
      {"", banner + "the end of the text at line 1" + w},
      {"hello\n", banner + "'hello' at line 1" + w},
      {"%%MatrixMarket matrix\n", banner + "the end of the line at line 1" + w},
      {"%%MatrixMarket matrix array real general\n1 1\n1\n", banner + "'array' at line 1" + w},
      {"%%MatrixMarket matrix coordinate complex general\n1 1 0\n", banner + "'complex' at line 1" + w},
      {"%%MatrixMarket matrix coordinate real hermitian\n1 1 0\n", banner + "'hermitian' at line 1" + w},
      {"%%MatrixMarket vector coordinate real general\n1 1 0\n", banner + "'vector' at line 1" + w},
      {"%%MatrixMarket matrix coordinate real general more\n",
       "data: matrix_market: need nothing after the banner; got 'more' at line 1" + w},
      {"%%MatrixMarket matrix coordinate pattern skew-symmetric\n1 1 0\n",
       "data: matrix_market: need values in a skew-symmetric matrix; got pattern at line 1" + w},
      {general, "data: matrix_market: need an integer rows; got the end of the text at line 2" + w},
      {general + "2 2\n",
       "data: matrix_market: need an integer entries; got the end of the line at line 2" + w},
      {general + "2 x 1\n", "data: matrix_market: need an integer cols; got 'x' at line 2" + w},
      {general + "2 2.5 1\n", "data: matrix_market: need an integer cols; got '2.5' at line 2" + w},
      {general + "2 2 1 9\n1 1 1\n",
       "data: matrix_market: need nothing after rows, cols and entries; got '9' at line 2" + w},
      {general + "-2 2 0\n",
       "data: matrix_market: need 0 <= rows <= 1048629 (2^20 more than the text has bytes); got -2 at line "
       "2" +
           w},
      {general + "999999999999 2 0\n",
       "data: matrix_market: need 0 <= rows <= 1048639 (2^20 more than the text has bytes); got 999999999999 "
       "at "
       "line 2" +
           w},
      {general + "2 2147483648 0\n",
       "data: matrix_market: need 0 <= cols <= 2147483647; got 2147483648 at line 2" + w},
      {general + "2 99999999999999999999 0\n",
       "overflow: matrix_market: need an integer cols that fits 63 bits; got '99999999999999999999' at line "
       "2" +
           w},
      {general + "2 2 1000000000\n1 1 1\n",
       "data: matrix_market: need 0 <= entries <= 4 (what the bytes left can hold); got 1000000000 at line "
       "2" +
           w},
      {general + "2 2 -1\n",
       "data: matrix_market: need 0 <= entries <= 1 (what the bytes left can hold); got -1 at line 2" + w},
      {mirrored + "2 3 1\n1 1 1\n",
       "data: matrix_market: need as many columns as rows where there is symmetry; got 2x3 at line 2" + w},
      {general + "2 2 2\n1 1 1\n", "data: matrix_market: need 2 entries; got 1 at line 4" + w},
      {general + "2 2 2\n1 1 1\n1\n",
       "data: matrix_market: need an integer column; got the end of the line at line 4" + w},
      {general + "2 2 1\n1 1\n",
       "data: matrix_market: need value to be a number; got the end of the line at line 3" + w},
      {general + "2 2 1\n1 1 1\n2 2 2\n",
       "data: matrix_market: need nothing after 1 entry; got '2' at line 4" + w},
      {general + "2 2 1\n1 1 1\njunk\n",
       "data: matrix_market: need nothing after 1 entry; got 'junk' at line 4" + w},
      {general + "2 2 1\n1 1 1 1\n",
       "data: matrix_market: need nothing after an entry; got '1' at line 3" + w},
      {general + "2 2 1\n%c\n1 1 1\n", "data: matrix_market: need an integer row; got '%c' at line 3" + w},
      {general + "5 5 1\n7 1 1\n", "data: matrix_market: need 1 <= row <= 5; got 7 at line 3" + w},
      {general + "5 5 1\n0 1 1\n", "data: matrix_market: need 1 <= row <= 5; got 0 at line 3" + w},
      {general + "5 5 1\n1 -1 1\n", "data: matrix_market: need 1 <= column <= 5; got -1 at line 3" + w},
      {general + "5 5 1\n1 6 1\n", "data: matrix_market: need 1 <= column <= 5; got 6 at line 3" + w},
      {general + "0 5 1\n1 1 1\n", "data: matrix_market: need 1 <= row <= 0; got 1 at line 3" + w},
      {general + "2 2 1\n1 1 abc\n",
       "data: matrix_market: need value to be a number; got 'abc' at line 3" + w},
      {general + "2 2 1\n1 1 1.5x\n",
       "data: matrix_market: need value to be a number; got '1.5x' at line 3" + w},
      {general + "2 2 1\n1 1 1D5\n",
       "data: matrix_market: need value to be a number; got '1D5' at line 3" + w},
      {general + "2 2 1\n1 1 +-1\n",
       "data: matrix_market: need value to be a number; got '+-1' at line 3" + w},
      {general + "2 2 1\n1 1 1e39\n",
       "overflow: matrix_market: need value in the range of float; got '1e39' at line 3" + w},
      {general + "2 2 1\n1 1 1e999\n",
       "overflow: matrix_market: need value in the range of float; got '1e999' at line 3" + w},
      {"%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 1.5\n",
       "data: matrix_market: need an integer value; got '1.5' at line 3" + w},
      {general + "2 2 3\n1 1 1\n2 2 2\n1 1 3\n",
       "data: matrix_market: need each position once; got row 1, column 1 twice in w.mtx"},
      {mirrored + "2 2 1\n1 2 1\n",
       "data: matrix_market: need column <= row in a symmetric matrix; got 2 > 1 at line 3" + w},
      {mirrored + "2 2 2\n2 1 1\n2 1 1\n",
       "data: matrix_market: need each position once; got row 1, column 2 twice in w.mtx"},
      {skew + "2 2 1\n2 2 0\n",
       "data: matrix_market: need column < row in a skew-symmetric matrix; got 2 >= 2 at line 3" + w},
      {general + std::string("2 2 1\n1 1 \0\x01zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n", 41),
       "data: matrix_market: need value to be a number; got '" + ("??" + std::string(22, 'z')) +
           "...' at line 3" + w},
      {general + "1 1 1\r1 1 1\n", "data: matrix_market: need an integer entries; got '1?1' at line 2" + w},
  };
  for (const row& r : table) {
    CAPTURE(r.text);
    CHECK(refusal_of(r.text) == r.want);
  }
}

TEST_CASE("no prefix of a good Matrix Market text is taken for a whole one", "[interop]") {
  const std::string text = general + "3 3 3\n1 1 1.25\n2 2 -2.5\n3 1 4\n";
  for (std::size_t n = 0; n + 2 < text.size(); ++n) {
    CAPTURE(n);
    CHECK(refusal_of(text.substr(0, n)) != "nothing");
  }
  CHECK(refusal_of(text) == "nothing");
}

TEMPLATE_TEST_CASE("what is written to a Matrix Market file is read back", "[interop]", float, double, bf16,
                   f16) {
  const test::temporary_file file;
  for (const test::shape s : test::shapes()) {
    const auto w = test::random_matrix<float>(s.rows, s.cols, 0.3, 7, [](auto& r) { return r.any(); });
    const auto a = encode<csr, TestType>(w);
    write_matrix_market(file.path(), a);
    const auto b = convert<csr, TestType>(read_matrix_market<value_t<TestType>>(file.path()));
    CAPTURE(s.rows, s.cols);
    CHECK(test::difference(decode(b), decode(a)) == "");
    write_matrix_market(file.path(), encode<dense, TestType>(w));
    CHECK(test::difference(decode(read_matrix_market(file.path())), decode(a)) == "");
  }
}

TEST_CASE("stored zeros and patterns keep their form in a file", "[interop]") {
  const test::temporary_file file;
  const auto a = parse_matrix_market(general + "2 2 2\n1 1 0\n2 1 nan\n");
  write_matrix_market(file.path(), a);
  CHECK(file.content() == general + "2 2 2\n1 1 0\n2 1 nan\n");
  write_matrix_market(file.path(), convert<csr, ones>(a));
  CHECK(file.content() == pattern_general + "2 2 2\n1 1\n2 1\n");
  CHECK(test::refusal([&] {
          write_matrix_market("/nowhere/a.mtx", a);
        }).find("io: file: need a file that can be created; got ") == 0);
}
