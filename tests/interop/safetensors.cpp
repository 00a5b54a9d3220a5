// SPDX-License-Identifier: BSL-1.0
#include <lacuna/interop/safetensors.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

std::string framed(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string s;
  for (int n = 0; n < 8; ++n, length >>= 8) s += static_cast<char>(static_cast<unsigned char>(length & 255));
  return s + header + data;
}
std::string framed(const std::string& header, const std::string& data) {
  return framed(header, data, header.size());
}
template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
std::string one(const std::string& name, const std::string& type, const std::string& shape,
                const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}";
}
/// A header padded with blanks so that the data starts at a multiple of 8.
std::string padded(std::string header) {
  while (header.size() % 8 != 0) header += ' ';
  return header;
}

}  // namespace

static_assert(!std::is_copy_constructible_v<safetensors> &&
              std::is_nothrow_move_constructible_v<safetensors>);

TEST_CASE("safetensors: tensors are seen in place and copied", "[interop]") {
  const std::string data = raw<float>({1, 2, 3, 4, 5, 6}) + raw<double>({0.5, -8}) +
                           raw<bf16>({bf16(1.5f), bf16(-2.0f)}) + raw<f16>({f16(0.25f), f16(7.0f)});
  const std::string header = padded(
      "{ \"__metadata__\" : {\"format\":\"pt\", \"a\":\"\\u00e9\"}, " + one("w", "F32", "[2, 3]", "[0, 24]") +
      "," + one("d", "F64", "[2]", "[24,40]") + "," + one("b", "BF16", "[1,2]", "[40,44]") + "," +
      one("h", "F16", "[2,1]", "[44,48]") + "," + one("none", "F32", "[0, 7]", "[48,48]") + "}");
  const test::temporary_file written(framed(header, data));
  safetensors opened(written.path());
  const safetensors file(std::move(opened));

  CHECK(file.names() == std::vector<std::string>{"b", "d", "h", "none", "w"});
  CHECK(file.contains("w"));
  CHECK(!file.contains("v"));
  CHECK(file.find("w").type == dtype::f32);
  CHECK(file.find("w").shape == std::vector<index_t>{2, 3});
  CHECK(file.find("w").bytes.size() == 24);

  const auto w = file.view<float>("w");
  CHECK(static_cast<const void*>(w.data()) == file.find("w").bytes.data());
  CHECK(w(1, 0) == 4);
  CHECK(file.view<double>("d").rows() == 1);
  CHECK(file.view<double>("d")(0, 1) == -8);
  CHECK(file.view<bf16>("b")(0, 0) == bf16(1.5f));
  CHECK(file.view<f16>("h")(1, 0) == f16(7.0f));
  CHECK(file.view<float>("none").cols() == 7);
  CHECK(test::difference(file.copy("w"), w) == "");
  CHECK(test::difference(file.copy("d"), file.view<double>("d")) == "");
  CHECK(file.copy("b")(0, 1) == -2);
  CHECK(file.copy("h")(0, 0) == 0.25f);
}

TEST_CASE("safetensors: names are compared after their escapes", "[interop]") {
  const std::string header = "{" + one("a\\u0062\\n\\ud83d\\ude00\xc3\xa9", "U8", "[1]", "[0,1]") + "}";
  const std::string bytes = framed(header, "x");
  const safetensors file(test::bytes_of(bytes));
  CHECK(file.names()[0] == "ab\n\xf0\x9f\x98\x80\xc3\xa9");
}

TEST_CASE("safetensors: a wrong wish is refused with what there is", "[interop]") {
  const std::string bytes =
      framed(padded("{" + one("w", "F32", "[1,1]", "[0,4]") + "," + one("t", "F32", "[1,1,1]", "[4,8]") +
                    "," + one("i", "I32", "[1]", "[8,12]") + "," + one("o", "U8", "[1]", "[12,13]") + "," +
                    one("u", "F32", "[1]", "[13,17]") + "," + one("x", "F64", "[1]", "[17,25]") + "}"),
             std::string(17, '\0') + raw<double>({1e300}));
  buffer<std::byte> aligned(static_cast<index_t>(bytes.size()));
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  const safetensors file(aligned, "w.safetensors");
  using test::refusal;
  CHECK(refusal([&] { file.find("v"); }) ==
        "argument: safetensors: need the name of a tensor; got 'v', not one of the 6 in w.safetensors");
  CHECK(refusal([&] { file.view<double>("w"); }) ==
        "argument: safetensors: need F64 for this view; got F32 in 'w'");
  CHECK(refusal([&] { file.view<float>("t"); }) ==
        "shape: safetensors: need 1 or 2 dimensions; got 3 in 't'");
  CHECK(refusal([&] { file.copy("t"); }) == "shape: safetensors: need 1 or 2 dimensions; got 3 in 't'");
  CHECK(refusal([&] { file.copy("i"); }) ==
        "argument: safetensors: need F32, F64, BF16 or F16; got I32 in 'i'");
  CHECK(refusal([&] { file.view<float>("u"); }) ==
        "data: safetensors: need an address that is a multiple of 4 for a view; got another one for 'u', "
        "which copy() can "
        "read, in w.safetensors");
  CHECK(file.copy("u")(0, 0) == 0);
  CHECK(refusal([&] {
          file.copy("x");
        }).find("overflow: safetensors: need values in the range of float; got ") == 0);
}

TEST_CASE("every malformed safetensors file is refused with what is wrong", "[interop]") {
  struct row {
    std::string file, want;
  };
  const std::string w = " of w.st", in = " in w.st", four(4, '\0'), eight(8, '\0');
  const auto inside = [](const std::string& s) { return "{" + s + "}"; };
  const std::string good = inside(one("w", "F32", "[1]", "[0,4]"));
  const std::vector<row> table{
      {"", "data: safetensors: need 8 bytes of header length; got 0" + in},
      {"1234567", "data: safetensors: need 8 bytes of header length; got 7" + in},
      {framed(good, four, 1000),
       "data: safetensors: need a header of at most 100000000 bytes, within the file's 66; got 1000" + in},
      {framed(good, four, 100000001),
       "data: safetensors: need a header of at most 100000000 bytes, within the file's 66; got 100000001" +
           in},
      {framed(good, four, ~std::uint64_t{0}),
       "data: safetensors: need a header of at most 100000000 bytes, within the file's 66; got "
       "18446744073709551615" +
           in},
      {framed("", ""), "data: safetensors: need '{'; got the end of the header at byte 8" + w},
      {framed("[]", ""), "data: safetensors: need '{'; got '[]' at byte 8" + w},
      {framed(good.substr(0, 20), four),
       "data: safetensors: need '\"'; got the end of the header at byte 28" + w},
      {framed(good + "x", four), "data: safetensors: need nothing after the header; got 'x' at byte 62" + w},
      {framed(good, four + "x"),
       "data: safetensors: need data that is all in tensors; got 1 of 5 bytes in none" + in},
      {framed("{}", "x"),
       "data: safetensors: need data that is all in tensors; got 1 of 1 bytes in none" + in},
      {framed(good, "xyz"),
       "data: safetensors: need data_offsets begin <= end <= 3, not [0,4], before this; got '}}' at byte 60" +
           w},
      {framed(inside(one("w", "F32", "[1]", "[4,0]")), four),
       "data: safetensors: need data_offsets begin <= end <= 4, not [4,0], before this; got '}}' at byte 60" +
           w},
      {framed(inside(one("w", "F32", "[1]", "[-1,4]")), four),
       "data: safetensors: need an offset to be an integer >= 0; got '-1,4]}}' at byte 56" + w},
      {framed(inside(one("w", "F32", "[1]", "[0,99999999999999999999]")), four),
       "overflow: safetensors: need an offset that fits 63 bits; got '99999999999999999999]}}' at byte 58" +
           w},
      {framed(inside(one("w", "F32", "[1]", "[0]")), four),
       "data: safetensors: need ','; got ']}}' at byte 57" + w},
      {framed(inside(one("w", "F32", "[2]", "[0,4]")), four),
       "data: safetensors: need data_offsets over the 8 bytes of shape and dtype, not 4, before this; got "
       "'}' at byte 61" +
           w},
      {framed(inside(one("w", "F32", "[4294967296,4294967296]", "[0,4]")), four),
       "overflow: safetensors: need sizes >= 0 whose product fits 63 bits; got 17179869184x4294967296"},
      {framed(inside(one("w", "F32", "[1.0]", "[0,4]")), four),
       "data: safetensors: need ']'; got '.0],\"data_offsets\":[0,4]...' at byte 38" + w},
      {framed(inside(one("w", "F32", "[01]", "[0,4]")), four),
       "data: safetensors: need a dimension to be an integer >= 0; got '01],\"data_offsets\":[0,4]...' at "
       "byte 37" +
           w},
      {framed(inside(one("w", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]")), four),
       "data: safetensors: need at most 8 dimensions; got '1],\"data_offsets\":[0,4]}...' at byte 53" + w},
      {framed(inside(one("w", "f32", "[1]", "[0,4]")), four),
       "data: safetensors: need a dtype that safetensors knows, not 'f32', before this; got "
       "',\"shape\":[1],\"data_offse...' at byte 27" +
           w},
      {framed(inside(one("w", "F32", "[1]", "[0,4]") + "," + one("w", "F32", "[1]", "[4,8]")), eight),
       "data: safetensors: need each name once; got 'w' twice" + in},
      {framed(inside(one("w", "F32", "[1]", "[0,4]") + "," + one("\\u0077", "F32", "[1]", "[4,8]")), eight),
       "data: safetensors: need each name once; got 'w' twice" + in},
      {framed(inside(one("a", "F32", "[1]", "[0,4]") + "," + one("b", "U8", "[5]", "[3,8]")), eight),
       "data: safetensors: need data without gap or overlap; got 'b' at 3 after 4 bytes" + in},
      {framed(inside(one("a", "U8", "[3]", "[0,3]") + "," + one("b", "F32", "[1]", "[4,8]")), eight),
       "data: safetensors: need data without gap or overlap; got 'b' at 4 after 3 bytes" + in},
      {framed(inside("\"w\":{\"dtype\":\"F32\",\"shape\":[1]}"), four),
       "data: safetensors: need all of dtype, shape and data_offsets before this; got '}' at byte 40" + w},
      {framed(inside("\"w\":{}"), ""), "data: safetensors: need '\"'; got '}}' at byte 14" + w},
      {framed(inside("\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}"), ""),
       "data: safetensors: need each key once, not a second 'dtype', before this; got ':\"F32\"}}' at byte "
       "35" +
           w},
      {framed(inside("\"w\":{\"depth\":{}}"), ""),
       "data: safetensors: need dtype, shape and data_offsets only, not 'depth', before this; got ':{}}}' at "
       "byte 21" +
           w},
      {framed(inside("\"w\":1"), ""), "data: safetensors: need '{'; got '1}' at byte 13" + w},
      {framed("{" + std::string(50, '{'), ""),
       "data: safetensors: need '\"'; got '" + std::string(24, '{') + "...' at byte 9" + w},
      {framed(inside("\"__metadata__\":{\"a\":1}"), ""),
       "data: safetensors: need '\"'; got '1}}' at byte 29" + w},
      {framed(inside("\"__metadata__\":{},\"__metadata__\":{}"), ""),
       "data: safetensors: need __metadata__ once; got '{}}' at byte 42" + w},
      {framed("{\"w\\x\":", ""),
       "data: safetensors: need an escape that JSON knows; got '\":' at byte 13" + w},
      {framed("{\"\\ud800\":", ""), "data: safetensors: need a pair of surrogates; got ':' at byte 17" + w},
      {framed("{\"\\udc00\":", ""), "data: safetensors: need a pair of surrogates; got '\":' at byte 16" + w},
      {framed("{\"\\u12g4\":", ""),
       "data: safetensors: need four hexadecimal digits; got '4\":' at byte 15" + w},
      {framed("{\"\xff\":", ""), "data: safetensors: need UTF-8 in a string; got '?\":' at byte 10" + w},
      {framed("{\"\xc0\x80\":", ""), "data: safetensors: need UTF-8 in a string; got '??\":' at byte 10" + w},
      {framed("{\"\xed\xa0\x80\":", ""),
       "data: safetensors: need UTF-8 in a string; got '???\":' at byte 10" + w},
      {framed("{\"a\nb\":", ""),
       "data: safetensors: need control characters of a string to be escaped; got '?b\":' at byte 11" + w},
      {framed(inside(one("w", "F32", "[1]", "[0,4]") + ","), four),
       "data: safetensors: need '\"'; got '}' at byte 62" + w},
  };
  for (const row& r : table) {
    CAPTURE(r.file);
    CHECK(test::refusal([&] { safetensors(test::bytes_of(r.file), "w.st"); }) == r.want);
  }
}
