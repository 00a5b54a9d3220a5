// SPDX-License-Identifier: BSL-1.0
// Narrow codecs at the doors: arrays of cells whose length or content is wrong, weights that a codec cannot hold, and
// the bytes that everything takes.
#include <limits>
#include <vector>

#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/narrow.hpp"
#include "support/refusal.hpp"

using namespace lacuna;
using test::refusal;

namespace {

constexpr float infinite = std::numeric_limits<float>::infinity(),
                no_number = std::numeric_limits<float>::quiet_NaN();

/// What validate says of a once cell n has that scale and zero.
template <class P, class C, class Scale>
std::string with_cell(sparse_matrix<P, C> a, index_t n, Scale scale, float zero = 0) {
  if constexpr (codec_of<C>::has_zero)
    a.scales()[n] = {scale, Scale(zero)};
  else
    a.scales()[n] = scale;
  const std::string text = find_defect(a);
  CHECK(refusal([&] { validate(a); }) == (text.empty() ? "nothing" : "data: " + text));
  return text;
}

template <class P, class C>
void check_cell_defects() {
  const std::string name = codec_of<C>::name;
  const auto a = encode<P, C>(test::thin_ones(17, 70));
  CAPTURE(P::name(), name);
  REQUIRE(find_defect(a) == "");
  REQUIRE(a.scales().size() >= 4);
  using scale = std::conditional_t<codec_of<C>::has_zero, f16, bf16>;
  for (const index_t n : {index_t{0}, index_t{3}, a.scales().size() - 1}) {
    const std::string bad = name + ": need finite scales; got another in cell " + std::to_string(n);
    CHECK(with_cell(a, n, scale(no_number)) == bad);
    CHECK(with_cell(a, n, scale(infinite)) == bad);
    CHECK(with_cell(a, n, scale(-1.0f)) == "");  // as files have them
    CHECK(with_cell(a, n, scale(codec_of<C>::largest_scale)) == "");
    CHECK(with_cell(a, n, scale(2 * codec_of<C>::largest_scale)) == bad);
    CHECK(with_cell(a, n, scale(-infinite)) == bad);
    CHECK(with_cell(a, n, scale(0.0f)) == "");
    CHECK(with_cell(a, n, scale(2.0f)) == "");
    if constexpr (codec_of<C>::has_zero) {
      const std::string no_code =
          name + ": need zero points that are codes; got another in cell " + std::to_string(n);
      for (const float zero :
           {-1.0f, 0.5f, static_cast<float>(codec_of<C>::most) + 1, no_number, infinite, -infinite})
        CHECK(with_cell(a, n, scale(1.0f), zero) == no_code);
      CHECK(with_cell(a, n, scale(1.0f), static_cast<float>(codec_of<C>::most)) == "");
    }
  }
}

/// Encoded and converted with w(1, 2) = v.
template <class P, class C>
std::string taken(float v) {
  matrix<float> w(3, 40);
  w(0, 0) = w(2, 39) = 1;
  w(1, 2) = v;
  const std::string by_encode = refusal([&] { encode<P, C>(w); });
  CHECK(refusal([&] { convert<P, C>(encode<csr, float>(w)); }) == by_encode);
  return by_encode;
}

template <class P, class C>
void check_limits() {
  const float most = codec_of<C>::largest, more = std::nextafter(most, infinite);
  const std::string sentence = "data: " + P::name() + " x " + codec_of<C>::name +
                               ": need finite weights within the range of the codec; got another at (1, 2)";
  for (const float v : {no_number, infinite, -infinite, more, -more}) {
    CAPTURE(v);
    CHECK(taken<P, C>(v) == sentence);
  }
  CHECK(taken<P, C>(most) == "nothing");
  CHECK(taken<P, C>(-most) == "nothing");
}

template <class P, class C>
double bits_per_weight(double density) {
  const auto stored = static_cast<index_t>(density * 1024 * 1024);
  return 8 * static_cast<double>(model_bytes<P, C>(1024, 1024, stored)) / (1024.0 * 1024.0);
}

}  // namespace

TEST_CASE("validate finds scales that are none, and zeros that are no codes", "[format]") {
  check_cell_defects<dense, int8<32>>();
  check_cell_defects<csr, int4<16, f16, asymmetric>>();
  check_cell_defects<bsr<2, 16>, int8<16, f16, asymmetric>>();
  check_cell_defects<panel<bitmap, 4>, int4<>>();
}

TEST_CASE("what is wrong with the pattern is said first", "[format]") {
  auto a = encode<bitmap, int8<32>>(test::thin_ones(17, 70));
  a.scales()[0] = bf16(no_number);
  auto mask = a.where().mask;
  auto row_ptr = a.where().row_ptr;
  row_ptr[1] += 1;
  const sparse_view<bitmap, int8<32>> b{17, 70, {mask, row_ptr}, a.values(), a.scales()};
  CHECK(find_defect(b).find("bitmap: need row_ptr") == 0);
}

TEST_CASE("a grid of the wrong size is refused by its name", "[format]") {
  const std::vector<std::int8_t> v(3 * 70);
  const auto dense_of = [&](std::size_t values, std::size_t cells) {
    const std::vector<bf16> grid(cells);
    return refusal([&] {
      sparse_view<dense, int8<32>>{3, 70, {}, array_view(v.data(), static_cast<index_t>(values)), grid};
    });
  };
  CHECK(dense_of(210, 9) == "nothing");
  CHECK(dense_of(210, 8) == "data: dense: need scales of length 9; got 8");
  CHECK(dense_of(210, 0) == "data: dense: need scales of length 9; got 0");
  CHECK(dense_of(209, 9) == "data: dense: need values of length 210; got 209");
  CHECK(refusal([&] {
          sparse_matrix<dense, int8<>>(3, 70, {}, buffer<std::int8_t>(210), buffer<bf16>(2));
        }) == "data: dense: need scales of length 3; got 2");
  const std::vector<std::uint8_t> half(8);
  const std::vector<bf16> one(1);
  CHECK(refusal([&] { sparse_view<dense, int4<16>>{1, 15, {}, half, one}; }) == "nothing");
  CHECK(refusal([&] {
          sparse_view<dense, int4<16>>{1, 17, {}, half, one};
        }) == "data: dense: need values of length 9; got 8");
  const std::vector<float> plain(210);
  CHECK(refusal([&] { sparse_view<dense, float>{3, 70, {}, plain}; }) == "nothing");
}

TEMPLATE_TEST_CASE("weights that are not finite or too large are refused, the largest are held", "[format]",
                   dense, csr, (bsr<2, 16>), (panel<bitmap, 4>)) {
  check_limits<TestType, int8<32>>();
  check_limits<TestType, int4<16, f16, asymmetric>>();
  check_limits<TestType, f8_e4m3>();
  check_limits<TestType, f8_e5m2>();
}

TEMPLATE_TEST_CASE("infinity and NaN that an 8-bit float holds go from pattern to pattern", "[format]",
                   f8_e4m3, f8_e5m2) {
  auto a = encode<csr, TestType>(test::thin_ones(3, 40));
  REQUIRE(a.nnz() > 4);
  index_t n = 0;
  for (const float v : {infinite, -infinite, no_number, -no_number}) a.values()[n++] = TestType(v);
  const std::string bytes = test::all_bytes(a.view());
  CHECK(test::all_bytes(convert<csr>(convert<bitmap>(a)).view()) == bytes);
  CHECK(test::all_bytes(convert<csr>(convert<dense>(a)).view()) == bytes);
  CHECK(test::difference(decode(pack(convert<bitmap>(a))), decode(a)) == "");
}

TEST_CASE("bits per weight of narrow codecs are codes, scales and positions", "[format]") {
  const double d = GENERATE(1.0 / 32, 0.125, 0.5, 1.0), offsets = 64.0 * 1025 / (1024.0 * 1024.0);
  CHECK(bits_per_weight<dense, int8<>>(1) == 8 + 16.0 / 1024);
  CHECK(bits_per_weight<dense, int4<32>>(1) == 4 + 16.0 / 32);
  CHECK(bits_per_weight<dense, int4<16, f16, asymmetric>>(1) == 4 + 32.0 / 16);
  CHECK(bits_per_weight<dense, f8_e4m3>(1) == 8);
  CHECK(bits_per_weight<bitmap, int4<64>>(d) == d * 4 + 1 + 16.0 / 64 + offsets);
  CHECK(bits_per_weight<nm<2, 4>, int4<32>>(0.5) == (4 + 2) / 2.0 + 16.0 / 32);
  CHECK(bits_per_weight<panel<nm<2, 4>, 8>, int4<32>>(0.5) == (4 + 2) / 2.0 + 16.0 / 32);
  CHECK(bits_per_weight<panel<dense, 4>, int8<64>>(1) == 8 + 16.0 / 64);
  // Blocks of whole groups have scales only where they are.
  CHECK(bits_per_weight<bsr<1, 16>, int4<16>>(d) == d * (4 + 16.0 / 16 + 32.0 / 16) + offsets);
  CHECK(bits_per_weight<bsr<1, 16>, int4<32>>(d) == d * (4 + 32.0 / 16) + 16.0 / 32 + offsets);
}
