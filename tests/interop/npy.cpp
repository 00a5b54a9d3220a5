// SPDX-License-Identifier: BSL-1.0
#include <lacuna/interop/npy.hpp>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

/// An npy file of the given version.
std::string npy(const std::string& header, const std::string& data, int version = 1) {
  std::string s = "\x93NUMPY";
  s += static_cast<char>(version);
  s += '\0';
  for (std::size_t n = 0, length = header.size(); n < (version == 1 ? 2u : 4u); ++n, length >>= 8)
    s += static_cast<char>(static_cast<unsigned char>(length & 255));
  return s + header + data;
}
std::string header(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }   \n";
}
template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
matrix<float> read(const std::string& file) { return parse_npy(test::bytes_of(file)); }

}  // namespace

TEST_CASE("npy: types, orders, versions and dimensions", "[interop]") {
  const std::string six = raw<float>({1, 2, 3, 4, 5, 6});
  for (const int version : {1, 2, 3}) {
    const auto c = read(npy(header("<f4", "False", "(2, 3)"), six, version));
    CHECK(c.rows() == 2);
    CHECK(c.cols() == 3);
    CHECK(c(1, 0) == 4);
    const auto f = read(npy(header("<f4", "True", "(2, 3)"), six, version));
    CHECK(f(1, 0) == 2);
    CHECK(f(0, 1) == 3);
  }
  CHECK(read(npy(header("<f8", "False", "(1, 2)"), raw<double>({0.1, -2})))(0, 0) == 0.1f);
  CHECK(read(npy(header("<f2", "True", "(2,1)"), raw<f16>({f16(0.5f), f16(-3.0f)})))(1, 0) == -3);
  const auto line = read(npy(header("<f4", "False", "(6,)"), six));
  CHECK(line.rows() == 1);
  CHECK(line.cols() == 6);
  CHECK(read(npy("{\"shape\":(2,3,),\"descr\":\"<f4\",\"fortran_order\":False}", six))(1, 2) == 6);
  CHECK(read(npy(header("<f4", "True", "(0, 9000000000000)"), "")).cols() == 9000000000000);
  CHECK(read(npy(header("<f8", "False", "(9000000000000, 0)"), "")).rows() == 9000000000000);
}

TEST_CASE("every malformed npy file is refused with what is wrong", "[interop]") {
  struct row {
    std::string file, want;
  };
  const std::string good = header("<f4", "False", "(2, 3)"), six = raw<float>({1, 2, 3, 4, 5, 6});
  const std::string w = " of w.npy";
  const std::vector<row> table{
      {"", "data: npy: need the signature \\x93NUMPY and a length; got 0 bytes" + w},
      {npy(good, six).substr(0, 9), "data: npy: need the signature \\x93NUMPY and a length; got 9 bytes" + w},
      {"NUMPY" + npy(good, six), "data: npy: need the signature \\x93NUMPY and a length; got 102 bytes" + w},
      {npy(good, six, 4), "data: npy: need version 1.0, 2.0 or 3.0; got 99 bytes" + w},
      {npy(good, six).replace(7, 1, "\1"), "data: npy: need version 1.0, 2.0 or 3.0; got 97 bytes" + w},
      {npy(good, six, 2).substr(0, 11), "data: npy: need a header length of 4 bytes; got 11 bytes" + w},
      {npy(good, six).substr(0, 40), "data: npy: need a header within the file; got 40 bytes" + w},
      {npy(good, six, 2).replace(8, 4, "\xff\xff\xff\xff"),
       "data: npy: need a header within the file; got 99 bytes" + w},
      {npy(good, six).substr(0, 90), "data: npy: need 24 bytes of data for 2x3; got 17 in w.npy"},
      {npy(good, six + "x"), "data: npy: need 24 bytes of data for 2x3; got 25 in w.npy"},
      {npy("", six), "data: npy: need '{'; got the end of the header at byte 10" + w},
      {npy("{", six), "data: npy: need '\"'; got the end of the header at byte 11" + w},
      {npy("{}", six),
       "data: npy: need all of descr, fortran_order and shape before this; got the end of the header at byte "
       "12" +
           w},
      {npy("{'descr': '<f4', 'shape': (2, 3)}", six),
       "data: npy: need all of descr, fortran_order and shape before this; got the end of the header at byte "
       "43" +
           w},
      {npy("{'descr': '<f4', 'descr': '<f4'}", six),
       "data: npy: need each key once, not a second 'descr', before this; got ': '<f4'}' at byte 34" + w},
      {npy("{'more': 1}", six),
       "data: npy: need the keys descr, fortran_order and shape only, not 'more', before this; got ': 1}' at "
       "byte 17" +
           w},
      {npy("{'descr' '<f4'}", six), "data: npy: need ':'; got ''<f4'}' at byte 19" + w},
      {npy(header(">f4", "False", "(2, 3)"), six),
       "data: npy: need a descr of '<f4', '<f8' or '<f2', not '>f4', before this; got ', 'fortran_order': "
       "False...' at byte 25" +
           w},
      {npy(header("<i4", "False", "(2, 3)"), six),
       "data: npy: need a descr of '<f4', '<f8' or '<f2', not '<i4', before this; got ', 'fortran_order': "
       "False...' at byte 25" +
           w},
      {npy(header("<f4", "Maybe", "(2, 3)"), six),
       "data: npy: need a fortran_order of True or False; got 'Maybe, 'shape': (2, 3), ...' at byte 44" + w},
      {npy(header("<f4", "False", "()"), six),
       "data: npy: need an array of 1 or 2 dimensions, not a single number; got ', }   ?' at byte 62" + w},
      {npy(header("<f4", "False", "(6)"), six),
       "data: npy: need a ',' in a shape of one dimension; got ', }   ?' at byte 63" + w},
      {npy(header("<f4", "False", "(1, 2, 3)"), six),
       "data: npy: need an array of 1 or 2 dimensions; got '3), }   ?' at byte 67" + w},
      {npy(header("<f4", "False", "(-2, 3)"), six),
       "data: npy: need a dimension to be an integer >= 0; got '-2, 3), }   ?' at byte 61" + w},
      {npy(header("<f4", "False", "(2 3)"), six),
       "data: npy: need ',' or ')'; got '3), }   ?' at byte 63" + w},
      {npy(header("<f4", "False", "(02, 3)"), six),
       "data: npy: need a dimension to be an integer >= 0; got '02, 3), }   ?' at byte 61" + w},
      {npy(header("<f4", "False", "(99999999999999999999, 3)"), six),
       "overflow: npy: need a dimension that fits 63 bits; got '99999999999999999999, 3)...' at byte 61" + w},
      {npy(header("<f4", "False", "(4294967296, 4294967296)"), six),
       "overflow: npy: need sizes >= 0 whose product fits 63 bits; got 4294967296x4294967296"},
      {npy(header("<f4", "False", "(4611686018427387904, 1)"), six),
       "overflow: npy: need sizes >= 0 whose product fits 63 bits; got 4611686018427387904x4"},
      {npy(good + "x", six), "data: npy: need nothing after the header; got 'x' at byte 73" + w},
      {npy("{'descr': '<f4", six),
       "data: npy: need a closed string of plain characters; got '<f4' at byte 21" + w},
      {npy(header("<f8", "False", "(1, 1)"), raw<double>({1e300})),
       "overflow: npy: need values in the range of float; got 1e+300 at (0, 0)"},
  };
  for (const row& r : table) {
    CAPTURE(r.file);
    CHECK(test::refusal([&] { parse_npy(test::bytes_of(r.file), "w.npy"); }) == r.want);
  }
}

TEST_CASE("what is written to an npy file is read back", "[interop]") {
  const test::temporary_file file;
  for (const test::shape s : test::shapes()) {
    const auto w = test::random_matrix(s.rows, s.cols, 0.7, 3, [](auto& r) { return r.any(); });
    test::for_each_layout(w, [&](const auto& v, const char* lies) {
      CAPTURE(s.rows, s.cols, lies);
      write_npy(file.path(), v);
      CHECK(test::difference(read_npy(file.path()), w) == "");
      CHECK((file.content().size() - static_cast<std::size_t>(s.rows * s.cols) * 4) % 64 == 0);
    });
  }
}

TEST_CASE("nan and inf come through an npy file", "[interop]") {
  const test::temporary_file file;
  matrix<double> w(1, 3);
  w(0, 0) = std::numeric_limits<double>::quiet_NaN();
  w(0, 1) = -std::numeric_limits<double>::infinity();
  write_npy(file.path(), w);
  CHECK(test::difference(read_npy(file.path()), w) == "");
}
