// SPDX-License-Identifier: BSL-1.0
#include <bit>
#include <cmath>
#include <lacuna/format.hpp>
#include <lacuna/interop/gguf.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/gguf_files.hpp"
#include "support/refusal.hpp"

using namespace lacuna;
using test::gguf_string;
using test::gguf_writer;
using test::u32;
using test::u64;

namespace {

/// Half precision in the plainest words, in double.
double half(const std::string& s, std::size_t at) {
  const int bits = static_cast<unsigned char>(s[at]) | static_cast<unsigned char>(s[at + 1]) << 8;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double v = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -v : v;
}

/// Weight `n` of the blocks of a tensor, as the format defines it.
double q4_0_weight(const std::string& blocks, std::size_t n) {
  const std::size_t block = n / 32 * 18, j = n % 32;
  const int byte = static_cast<unsigned char>(blocks[block + 2 + j % 16]);
  return ((j < 16 ? byte & 15 : byte >> 4) - 8) * half(blocks, block);
}
double q8_0_weight(const std::string& blocks, std::size_t n) {
  const std::size_t block = n / 32 * 34;
  return static_cast<signed char>(blocks[block + 2 + n % 32]) * half(blocks, block);
}

template <class Weight>
void check_bits(const matrix<float>& w, const std::string& data, const Weight& weight) {
  index_t wrong = 0;
  for (index_t n = 0; n < w.rows() * w.cols(); ++n) {
    const auto want = static_cast<float>(weight(data, static_cast<std::size_t>(n)));
    wrong += std::bit_cast<std::uint32_t>(w.data()[n]) != std::bit_cast<std::uint32_t>(want);
  }
  CHECK(wrong == 0);
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// The bytes at a multiple of 64, as a mapped file has them, and not one more.
class placed {
 public:
  explicit placed(const std::string& text) : bytes_(static_cast<index_t>(text.size())) {
    if (!text.empty()) std::memcpy(bytes_.data(), text.data(), text.size());
  }
  operator array_view<const std::byte>() const { return bytes_; }

 private:
  buffer<std::byte> bytes_;
};

std::string opened(const std::string& file) {
  const placed bytes(file);
  return test::refusal([&] { gguf(bytes, "w"); });
}

/// One F32 tensor "w" of 4 numbers, one pair "k" = uint8 7. Version at 4, counts at 8 and 16, key at 24, type at 33, value
/// at 37, name at 38, dimensions at 47, the one at 51, type at 59, offset at 63, the end of the header at 71, data
/// 96 .. 112, the end at 128.
std::string small() {
  return gguf_writer().pair("k", 0, "\7").tensor("w", 0, {4}, raw<float>({1, 2, 3, 4})).file();
}
std::string with(std::size_t at, const std::string& bytes) {
  std::string s = small();
  return s.replace(at, bytes.size(), bytes);
}

/// Reads all there is; what is read past the end is the sanitizers' to see.
void read_all(const std::string& file) {
  const placed bytes(file);
  test::refusal([&] {
    const gguf g(bytes, "w");
    for (const gguf_tensor& t : g.tensors()) {
      CHECK(&g.find(t.name) == &t);
      test::refusal([&] { g.copy(t.name); });
      test::refusal([&] { g.visit(t.name, [](const auto& a) { return find_defect(a); }); });
    }
  });
}

}  // namespace

static_assert(!std::is_copy_constructible_v<gguf> && std::is_nothrow_move_constructible_v<gguf>);

TEST_CASE("gguf: plain tensors are seen in place", "[interop]") {
  for (const std::uint32_t version : {2u, 3u}) {
    gguf_writer file;
    file.version = version;
    file.pair("general.name", 8, gguf_string("a model"))
        .tensor("b.weight", 0, {3, 2}, raw<float>({1, 2, 3, 4, 5, 6}))
        .tensor("a.weight", 30, {2, 1}, raw<bf16>({bf16(1.5f), bf16(-2.0f)}))
        .tensor("c", 1, {2}, raw<f16>({f16(0.25f), f16(7.0f)}))
        .tensor("d", 28, {1, 2}, raw<double>({0.5, -8}))
        .tensor("e", 0, {0, 7}, "");
    const test::temporary_file written(file.file());
    gguf opened(written.path());
    const gguf g(std::move(opened));

    REQUIRE(g.tensors().size() == 5);
    CHECK(g.tensors()[0].name == "a.weight");
    CHECK(g.contains("c"));
    CHECK(!g.contains("w"));
    const gguf_tensor& t = g.find("b.weight");
    CHECK(t.type == gguf_type::f32);
    CHECK(t.dims == std::vector<index_t>{3, 2});
    CHECK(t.offset % 32 == 0);
    CHECK(t.bytes.size() == 24);

    const auto w = g.view<float>("b.weight");
    CHECK(static_cast<const void*>(w.values().data()) == t.bytes.data());
    CHECK(w.rows() == 2);
    CHECK(w.cols() == 3);
    CHECK(decode(w)(1, 0) == 4);
    CHECK(test::difference(decode(w), g.copy("b.weight")) == "");
    CHECK(g.view<bf16>("a.weight").value(1) == -2);
    CHECK(g.view<f16>("c").value(1) == 7);
    CHECK(g.view<f16>("c").rows() == 1);
    CHECK(g.view<double>("d").rows() == 2);
    CHECK(g.copy("d")(1, 0) == -8);
    CHECK(g.copy("a.weight")(0, 0) == 1.5f);
    CHECK(g.copy("c")(0, 0) == 0.25f);
    CHECK(g.copy("e").rows() == 7);
    CHECK(g.visit("c", [](const auto& a) { return form_name<decltype(a)>(); }) == "dense x f16");
  }
}

TEST_CASE("gguf: blocks come in without loss", "[interop]") {
  const index_t rows = 5, cols = 96, blocks = rows * cols / 32;
  std::string q4 = test::random_blocks(blocks, 16, 1), q8 = test::random_blocks(blocks, 32, 2);
  // Zeros of either sign, the smallest and the largest scale, negative ones before code -8.
  const std::uint16_t scales[] = {0, 0x8000, 1, 0x8001, 0x7bff, 0xfbff, 0xbc00};
  for (std::size_t b = 0; b < std::size(scales); ++b) {
    q4.replace(b * 18, 2, test::little(scales[b]));
    q8.replace(b * 34, 2, test::little(scales[b]));
    q4[b * 18 + 2] = '\0';
    q8[b * 34 + 2] = '\x80';
  }
  const placed bytes(gguf_writer().tensor("q4", 2, {96, 5}, q4).tensor("q8", 8, {96, 5}, q8).file());
  const gguf g(bytes);

  const auto a = g.load<int4<32, f16>>("q4");
  CHECK(a.rows() == rows);
  CHECK(a.cols() == cols);
  CHECK(find_defect(a) == "");
  check_bits(decode(a), q4, q4_0_weight);
  check_bits(g.copy("q4"), q4, q4_0_weight);
  const auto b = g.load<int8<32, f16>>("q8");
  check_bits(decode(b), q8, q8_0_weight);
  check_bits(g.copy("q8"), q8, q8_0_weight);
  CHECK(g.visit("q8", [](const auto& m) { return form_name<decltype(m)>(); }) == "dense x int8<32,f16>");

  // Codes and scales stay what they are in another pattern.
  const auto c = convert<dense>(convert<bsr<1, 32>>(a));
  CHECK(std::equal(a.values().begin(), a.values().end(), c.values().begin()));
  CHECK(std::equal(a.scales().begin(), a.scales().end(), c.scales().begin()));
}

TEST_CASE("gguf: metadata of every type is passed, and the alignment is heeded", "[interop]") {
  const std::string numbers = u32(5) + u64(3) + u32(1) + u32(2) + u32(3);
  const std::string nested = u32(9) + u64(2) + numbers + u32(8) + u64(2) + gguf_string("a") + gguf_string("");
  for (const std::uint32_t align : {8u, 24u, 64u, 4096u}) {
    for (const bool padded : {false, true}) {
      gguf_writer file;
      file.padded_end = padded;
      const std::string eight(8, '\1');
      for (std::uint32_t type = 0; type <= 12; ++type) {
        const std::string value = type == 8   ? gguf_string("\xff text")
                                  : type == 9 ? nested
                                              : eight.substr(0, detail::gguf_value_bytes[type]);
        file.pair("key_" + count_text(type), type, value);
      }
      file.pair("empty", 9, u32(9) + u64(0)).pair("truths", 9, u32(7) + u64(3) + std::string("\0\1\0", 3));
      file.aligned(align).tensor("w", 0, {1}, "1234").tensor("v", 24, {3}, "abc");
      const placed bytes(file.file());
      const gguf g(bytes);
      CHECK(g.find("w").offset % align == 0);
      CHECK(detail::text_of(g.find("v").bytes.data(), 3) == "abc");
    }
  }
  CHECK(opened(gguf_writer().file()) == "nothing");
}

TEST_CASE("gguf: a wrong wish is refused with what there is", "[interop]") {
  std::string odd = test::random_blocks(2, 16, 3);
  odd.replace(18, 2, test::little(std::uint16_t{0x7c00}));  // infinity
  const placed bytes(gguf_writer()
                         .tensor("w", 0, {1, 1}, "1234")
                         .tensor("t", 0, {1, 1, 1}, "1234")
                         .tensor("k", 12, {256}, std::string(144, '\0'))
                         .tensor("inf", 2, {32, 2}, odd)
                         .tensor("d", 28, {1}, raw<double>({1e300}))
                         .file());
  const gguf g(bytes, "w.gguf");
  using test::refusal;
  CHECK(refusal([&] { g.find("v"); }) ==
        "argument: gguf: need the name of a tensor; got 'v', not one of the 5 in w.gguf");
  CHECK(refusal([&] { g.view<bf16>("w"); }) == "argument: gguf: need BF16; got F32 in 'w' of w.gguf");
  CHECK(refusal([&] { g.load<int4<32, f16>>("w"); }) ==
        "argument: gguf: need Q4_0; got F32 in 'w' of w.gguf");
  CHECK(refusal([&] { g.view<float>("t"); }) == "shape: gguf: need 1 or 2 dimensions; got 3 in 't'");
  CHECK(refusal([&] { g.copy("t"); }) == "shape: gguf: need 1 or 2 dimensions; got 3 in 't'");
  CHECK(refusal([&] { g.copy("k"); }) ==
        "argument: gguf: need F32, F64, F16, BF16, Q8_0 or Q4_0; got Q4_K in 'k' of w.gguf");
  CHECK(refusal([&] { g.visit("d", [](const auto&) { return 0; }); }) ==
        "argument: gguf: need F32, F16, BF16, Q8_0 or Q4_0; got F64 in 'd' of w.gguf");
  CHECK(refusal([&] { g.copy("inf"); }) ==
        "data: gguf: int4<32,f16>: need finite scales; got another in cell 1 of 'inf' in w.gguf");
  CHECK(refusal([&] { g.copy("d"); }).find("overflow: gguf: need values in the range of float; got ") == 0);

  std::string shifted = "x" + gguf_writer().tensor("u", 0, {1}, "1234").file();
  const placed moved(shifted);
  const array_view<const std::byte> at(moved);
  const gguf h({at.data() + 1, at.size() - 1}, "u.gguf");
  CHECK(refusal([&] { h.view<float>("u"); }) ==
        "data: gguf: need an address that is a multiple of 4 for a view; got another one for 'u', which "
        "copy() can "
        "read, in u.gguf");
  CHECK(h.copy("u").cols() == 1);
}

TEST_CASE("every malformed gguf file is refused with what is wrong", "[interop]") {
  struct row {
    std::string file, want;
  };
  const std::uint64_t huge = ~std::uint64_t{0};
  const std::string four = "1234";
  const auto one = [&](const std::string& name, std::uint32_t type, const std::vector<std::uint64_t>& dims,
                       std::size_t bytes) {
    return gguf_writer().tensor(name, type, dims, std::string(bytes, '\0')).file();
  };
  const auto paired = [](std::uint32_t type, const std::string& value) {
    return gguf_writer().pair("k", type, value).file();
  };
  gguf_writer unpadded;
  unpadded.padded_end = false;
  const std::string cut = unpadded.pair("k", 12, "123").file();
  std::string deep = u32(0) + u64(0);
  for (int n = 0; n < 8; ++n) deep = u32(9) + u64(1) + deep;
  const std::string tail = " of w";
  const std::vector<row> table{
      {"", "need 4 bytes of the magic GGUF; got 0 at byte 0"},
      {"GGU", "need 4 bytes of the magic GGUF; got 3 at byte 0"},
      {with(0, "GGJT"), "need the magic GGUF; got 'GGJT' at byte 0"},
      {with(4, u32(1)), "need version 2 or 3, little-endian; got 1 at byte 4"},
      {with(4, u32(4)), "need version 2 or 3, little-endian; got 4 at byte 4"},
      {with(4, u32(0x03000000)), "need version 2 or 3, little-endian; got a big-endian file at byte 4"},
      {small().substr(0, 20),
       "need a number of tensors that fits the 4 bytes that are left; got 1 at byte 8"},
      {gguf_writer().file().substr(0, 20), "need 8 bytes of a number of pairs; got 4 at byte 16"},
      {with(8, u64(huge)),
       "need a number of tensors that fits the 112 bytes that are left; got 18446744073709551615 at byte 8"},
      {with(8, u64(5)), "need a number of tensors that fits the 112 bytes that are left; got 5 at byte 8"},
      {with(8, u64(2)), "need a tensor's name in UTF-8, not empty; got '' at byte 71"},
      {with(8, u64(0)), "need the end of the file, or zeros up to byte 64; got 128 bytes at byte 38"},
      {with(16, u64(huge)),
       "need a number of pairs that fits the 104 bytes that are left; got 18446744073709551615 at byte 16"},
      {with(16, u64(2)), "need a tensor's name in UTF-8, not empty; got '' at byte 52"},
      {with(24, u64(0)), "need keys of printable ASCII characters; got '' at byte 24"},
      {with(24, u64(65536)), "need a key of at most 65535 bytes; got 65536 at byte 24"},
      {with(24, u64(60000)), "need 60000 bytes of a key; got 96 at byte 32"},
      {with(32, "\n"), "need keys of printable ASCII characters; got '?' at byte 24"},
      {with(32, "\x80"), "need keys of printable ASCII characters; got '?' at byte 24"},
      {with(33, u32(13)), "need a value's type from 0 to 12; got 13 at byte 33"},
      {with(33, u32(7)), "need 0 or 1 as a truth value; got another at byte 37"},
      {paired(8, u64(huge)), "need 18446744073709551615 bytes of a text; got 19 at byte 45"},
      {cut, "need 8 bytes of a value; got 3 at byte 37"},
      {paired(9, u32(13) + u64(0)), "need a value's type from 0 to 12; got 13 at byte 37"},
      {paired(9, u32(0) + u64(huge)),
       "need a number of values that fits the 15 bytes that are left; got 18446744073709551615 at byte 41"},
      {paired(9, u32(12) + u64(2)),
       "need a number of values that fits the 15 bytes that are left; got 2 at byte 41"},
      {paired(9, u32(8) + u64(std::uint64_t{1} << 61)),
       "need a number of values that fits the 15 bytes that are left; got 2305843009213693952 at byte 41"},
      {paired(9, u32(7) + u64(2) + "\1\2"), "need 0 or 1 as a truth value; got another at byte 49"},
      {paired(9, deep), "need arrays in arrays at most 8 deep; got a deeper one at byte 125"},
      {gguf_writer().pair("k", 0, "1").pair("j", 0, "1").pair("k", 1, "1").file(),
       "need each key once; got 'k' twice at byte 60"},
      {gguf_writer().pair("general.alignment", 10, u64(32)).file(),
       "need general.alignment of type 4 (uint32); got 10 at byte 49"},
      {gguf_writer().pair("general.alignment", 4, u32(0)).file(),
       "need general.alignment > 0, a multiple of 8; got 0 at byte 53"},
      {gguf_writer().pair("general.alignment", 4, u32(12)).file(),
       "need general.alignment > 0, a multiple of 8; got 12 at byte 53"},
      {one("", 0, {1}, 4), "need a tensor's name in UTF-8, not empty; got '' at byte 24"},
      {one("\xff", 0, {1}, 4), "need a tensor's name in UTF-8, not empty; got '?' at byte 24"},
      {one(std::string(65, 'n'), 0, {1}, 4), "need a tensor's name of at most 64 bytes; got 65 at byte 24"},
      {one("w", 0, {1, 1, 1, 1, 1}, 4), "need at most 4 dimensions; got 5 at byte 33"},
      {one("w", 0, {huge}, 4),
       "need dimensions whose product fits 63 bits; got 18446744073709551615 in 'w' at byte 37"},
      {one("w", 0, {std::uint64_t{1} << 32, std::uint64_t{1} << 31}, 4),
       "need dimensions whose product fits 63 bits; got 2147483648 in 'w' at byte 45"},
      {one("w", 0, {0, huge}, 4),
       "need dimensions whose product fits 63 bits; got 18446744073709551615 in 'w' at byte 45"},
      {one("w", 0, {std::uint64_t{1} << 62}, 4),
       "need a tensor whose bytes fit 63 bits; got more in 'w' at byte 45"},
      {one("w", 4, {1}, 4), "need a tensor's type that GGUF knows; got 4 in 'w' at byte 45"},
      {one("w", 9, {32}, 36), "need a tensor's type that GGUF knows; got 9 in 'w' at byte 45"},
      {one("w", 42, {1}, 4), "need a tensor's type that GGUF knows; got 42 in 'w' at byte 45"},
      {one("w", 2, {48, 2}, 54), "need rows of whole blocks of 32 for Q4_0; got 48 in 'w' at byte 53"},
      {one("w", 12, {128, 2}, 144), "need rows of whole blocks of 256 for Q4_K; got 128 in 'w' at byte 53"},
      {one("w", 8, {}, 34), "need rows of whole blocks of 32 for Q8_0; got 1 in 'w' at byte 37"},
      {with(63, u64(4)), "need an offset that is a multiple of 32 within the file; got 4 in 'w' at byte 63"},
      {with(63, u64(huge - 31)),
       "need an offset that is a multiple of 32 within the file; got 18446744073709551584 in 'w' at byte 63"},
      {with(63, u64(32)), "need data without gap or overlap, 'w' at offset 0; got 32 at byte 96"},
      {gguf_writer().tensor("a", 0, {9}, std::string(36, 'x')).tensor("b", 0, {1}, four, huge - 31).file(),
       "need data without gap or overlap, 'b' at offset 64; got 32 at byte 160"},
      {gguf_writer().tensor("a", 0, {1}, four).tensor("b", 0, {1}, four, 32).file(),
       "need data without gap or overlap, 'b' at offset 32; got 64 at byte 128"},
      {gguf_writer().tensor("a", 0, {1}, four).tensor("a", 0, {1}, four).file(),
       "need each name once; got 'a' twice at byte 128"},
      {with(80, "x"), "need zeros up to the alignment; got 120 at byte 80"},
      {with(127, "x"), "need zeros up to the alignment; got 120 at byte 127"},
      {small().substr(0, 111), "need the 16 bytes of 'w'; got 15 at byte 96"},
      {small().substr(0, 80), "need the 16 bytes of 'w'; got 0 at byte 96"},
      {small().substr(0, 120),
       "need the end of the file, or zeros up to byte 128; got 120 bytes at byte 112"},
      {small() + std::string(1, '\0'),
       "need the end of the file, or zeros up to byte 128; got 129 bytes at byte 112"},
  };
  CHECK(opened(small()) == "nothing");
  CHECK(opened(small().substr(0, 112)) == "nothing");
  for (const row& r : table) {
    CAPTURE(r.file);
    CHECK(opened(r.file) == "data: gguf: " + r.want + tail);
  }
}

TEST_CASE("gguf: no truncation and no flipped bit is read past the end", "[interop]") {
  gguf_writer writer;
  writer.pair("t", 9, u32(9) + u64(1) + u32(8) + u64(2) + gguf_string("a") + gguf_string("b"))
      .aligned(8)
      .pair("b", 7, "\1")
      .tensor("q", 2, {32, 2}, test::random_blocks(2, 16, 4))
      .tensor("r", 8, {32}, test::random_blocks(1, 32, 5))
      .tensor("f", 1, {3}, "123456");
  const std::string file = writer.file();
  CHECK(opened(file) == "nothing");
  const std::size_t data = file.size() - 6;  // what may be missing: the padding of the last tensor
  for (std::size_t n = 0; n < file.size(); ++n) {
    CAPTURE(n);
    read_all(file.substr(0, n));
    CHECK((n >= data || opened(file.substr(0, n)) != "nothing"));
  }
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    std::string flipped = file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    read_all(flipped);
  }
}
