// SPDX-License-Identifier: BSL-1.0
#include <lacuna/interop/raw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

TEST_CASE("raw: what is written is read back, from both layouts", "[interop]") {
  const test::temporary_file file;
  for (const test::shape s : test::shapes()) {
    const auto w = test::random_matrix(s.rows, s.cols, 0.7, 9, [](auto& r) { return r.any(); });
    test::for_each_layout(w, [&](const auto& v, const char* lies) {
      CAPTURE(s.rows, s.cols, lies);
      write_raw(file.path(), v);
      CHECK(test::difference(read_raw(file.path(), s.rows, s.cols), w) == "");
    });
  }
  const std::string little("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8);
  const auto m = parse_raw(test::bytes_of(little), 1, 2);
  CHECK(m(0, 0) == 1);
  CHECK(m(0, 1) == -2);
}

TEST_CASE("raw: a shape that is not the file's is refused", "[interop]") {
  const std::string bytes(24, '\0');
  const auto refusal = [&](index_t rows, index_t cols) {
    return test::refusal([&] { parse_raw(test::bytes_of(bytes), rows, cols, "w.raw"); });
  };
  CHECK(refusal(2, 3) == "nothing");
  CHECK(refusal(2, 2) == "data: raw: need 16 bytes for 2x2 float32; got 24 in w.raw");
  CHECK(refusal(3, 3) == "data: raw: need 36 bytes for 3x3 float32; got 24 in w.raw");
  CHECK(refusal(-2, -3) == "overflow: raw: need sizes >= 0 whose product fits 63 bits; got -2x-3");
  CHECK(refusal(index_t{1} << 40, index_t{1} << 40).find("overflow: raw: need sizes >= 0") == 0);
  CHECK(refusal(index_t{1} << 31, index_t{1} << 31).find("overflow: raw: need sizes >= 0") == 0);
  CHECK(test::refusal([] { read_raw("/nowhere/w.raw", 1, 1); }).find("io: file: ") == 0);
}
