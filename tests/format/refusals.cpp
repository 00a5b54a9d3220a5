// SPDX-License-Identifier: BSL-1.0
// The checks at the doors: wrong lengths, sizes that overflow, masks of another shape, patterns that cannot
// hold what they are given. Each is one sentence with the rule and the sizes.
#include <vector>
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

using namespace lacuna;
using test::refusal;

namespace {
constexpr index_t huge = index_t{1} << 62;

template <class T>
std::vector<T> array(std::size_t size) {
  return std::vector<T>(size);
}
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }
}  // namespace

TEST_CASE("a view names the array whose length is wrong", "[format]") {
  const auto v = array<float>(0);
  const auto p = array<std::int64_t>(4);
  const auto c = array<std::int32_t>(0);
  CHECK(refusal([&] { sparse_view<csr, float>{3, 5, {p, c}, v}; }) == "nothing");
  CHECK(refusal([&] {
          sparse_view<csr, float>{4, 5, {p, c}, v};
        }) == "data: csr: need row_ptr of length 5; got 4");
  CHECK(refusal([&] {
          sparse_view<csr, float>{3, 5, {p, array<std::int32_t>(2)}, v};
        }) == "data: csr: need col_idx of length 0; got 2");
  CHECK(refusal([&] {
          sparse_view<csr, float>{3, 5, {p, c}, array<float>(1)};
        }) == "data: csr: need values of length 0; got 1");
  CHECK(refusal([&] { sparse_view<csr, ones>{3, 5, {p, c}}; }) == "nothing");
  CHECK(refusal([&] { sparse_view<bsr<4, 4>, float>{9, 5, {p, c}, v}; }) == "nothing");
  CHECK(refusal([&] {
          sparse_view<bsr<4, 4>, float>{13, 5, {p, c}, v};
        }) == "data: bsr<4,4>: need row_ptr of length 5; got 4");
  CHECK(refusal([&] { sparse_view<bitmap, float>{3, 65, {array<std::uint64_t>(6), p}, v}; }) == "nothing");
  CHECK(refusal([&] {
          sparse_view<bitmap, float>{3, 65, {array<std::uint64_t>(3), p}, v};
        }) == "data: bitmap: need mask of length 6; got 3");
  CHECK(refusal([&] {
          sparse_view<bitmap, float>{2, 64, {array<std::uint64_t>(2), p}, v};
        }) == "data: bitmap: need row_ptr of length 3; got 4");
  CHECK(refusal([&] {
          sparse_view<nm<2, 4>, float>{3, 9, {array<std::uint8_t>(5)}, array<float>(18)};
        }) == "data: nm<2,4>: need index of length 6; got 5");
  CHECK(refusal([&] {
          sparse_view<nm<2, 4>, float>{3, 9, {array<std::uint8_t>(6)}, array<float>(17)};
        }) == "data: nm<2,4>: need values of length 18; got 17");
  CHECK(refusal([&] {
          sparse_view<dense, float>{3, 5, {}, array<float>(14)};
        }) == "data: dense: need values of length 15; got 14");
}

TEST_CASE("a last row_ptr that cannot be is refused before anything is read", "[format]") {
  const std::vector<std::int64_t> negative{0, -1}, far{0, INT64_MAX}, over{0, 65};
  const std::vector<std::uint64_t> mask{0};
  CHECK(has(refusal([&] { sparse_view<bitmap, ones>{1, 64, {mask, negative}}; }), "data: bitmap: need"));
  CHECK(has(refusal([&] { sparse_view<bitmap, ones>{1, 64, {mask, far}}; }), "data: bitmap: need"));
  CHECK(has(refusal([&] { sparse_view<bitmap, ones>{1, 64, {mask, over}}; }), "data: bitmap: need"));
  CHECK(has(refusal([&] { sparse_view<csr, ones>{1, 64, {far, {}}}; }), "data: csr: need col_idx"));
  CHECK(has(refusal([&] { sparse_view<bsr<2, 2>, ones>{1, 64, {negative, {}}}; }), "need col_idx"));
}

TEST_CASE("an owner checks like a view", "[format]") {
  const auto take = [](index_t rows, index_t cols, index_t offsets, index_t columns) {
    return refusal([&] {
      sparse_matrix<csr, float>(rows, cols, {buffer<std::int64_t>(offsets), buffer<std::int32_t>(columns)});
    });
  };
  CHECK(take(3, 5, 4, 0) == "nothing");
  CHECK(take(3, 5, 3, 0) == "data: csr: need row_ptr of length 4; got 3");
  CHECK(take(3, 5, 4, 1) == "data: csr: need col_idx of length 0; got 1");
  CHECK(take(-1, 5, 0, 0) == "shape: csr: need sizes >= 0; got -1x5");
  CHECK(take(3, -5, 4, 0) == "shape: csr: need sizes >= 0; got 3x-5");
}

TEMPLATE_TEST_CASE("sizes that overflow are an error of that name, not a crash", "[format]", dense, csr,
                   bitmap, (bsr<4, 4>), (bsr<1, 16>), (nm<2, 4>), (nm<3, 7>), (nm<33, 64>)) {
  const auto empty = typename positions<TestType>::arrays{};
  const auto most = std::numeric_limits<index_t>::max();
  const auto view = [&](index_t r, index_t c) {
    return refusal([&] { sparse_view<TestType, float>{r, c, empty}; });
  };
  const auto own = [&](index_t r, index_t c) {
    return refusal([&] { sparse_matrix<TestType, float>(r, c, {}); });
  };
  const auto make = [&](index_t r, index_t c) {
    return refusal([&] { assemble<TestType, float>(r, c, [](index_t, auto&&) {}); });
  };
  for (const auto& [r, c] : {std::pair{huge, huge}, {most, most}, {huge, index_t{64}}, {index_t{64}, most}}) {
    CAPTURE(TestType::name(), r, c);
    CHECK(has(view(r, c), "overflow: "));
    CHECK(has(own(r, c), "overflow: "));
    CHECK(has(make(r, c), "overflow: "));
  }
  CHECK(has(view(-1, 4), "shape: "));
  CHECK(has(own(4, -1), "shape: "));
  CHECK(has(make(-4, 4), "shape: "));
}

TEST_CASE("a matrix whose bytes do not fit 63 bits is an overflow", "[core]") {
  CHECK(has(refusal([] { matrix<float>(huge, huge); }), "overflow: matrix: need sizes >= 0"));
  CHECK(has(refusal([] { matrix<float>(huge, 1); }), "overflow: buffer: "));
  CHECK(has(refusal([] { matrix<double, col_major>(huge / 2, 3); }), "overflow: "));
  CHECK(has(refusal([] { matrix<float>(-1, 1); }), "overflow: "));
  CHECK(has(refusal([] { buffer<double>{-1}; }), "overflow: "));
}

TEST_CASE("an index type that is too narrow is refused", "[format]") {
  matrix<float> wide(1, 65537), many(2, 100);
  CHECK(refusal([&] { encode<narrow_csr, float>(wide); }) ==
        "overflow: csr: need column <= 65535 (its index type); got 65536");
  for (index_t j = 0; j < 100; ++j) many(0, j) = many(1, j) = 1;
  using short_offsets = basic_csr<std::int32_t, std::int8_t>;
  CHECK(refusal([&] { encode<short_offsets, float>(many); }) ==
        "overflow: csr: need nnz <= 127 (its index type); got 200");
}

TEST_CASE("a mask must have the shape of its matrix", "[format]") {
  const matrix<float> w(3, 5);
  CHECK(refusal([&] { encode<csr, float>(w, encode<bitmap, ones>(matrix<float>(5, 3))); }) ==
        "shape: encode: need a mask of the shape of the matrix; got W 3x5, mask 5x3");
}

TEST_CASE("N:M says which group is overfull", "[format]") {
  matrix<float> w(3, 10);
  w(2, 4) = w(2, 6) = w(2, 7) = 1;
  const std::string sentence = "pattern: nm<2,4>: need at most 2 kept in a group; got 3 in row 2, group 1";
  CHECK(refusal([&] { encode<nm<2, 4>, float>(w); }) == sentence);
  CHECK(refusal([&] { convert<nm<2, 4>>(encode<csr, float>(w)); }) == sentence);
  CHECK(refusal([&] { convert<nm<2, 4>>(encode<bsr<4, 4>, bf16>(w)); }) == sentence);
  w(2, 6) = 0;
  CHECK(refusal([&] { encode<nm<2, 4>, float>(w); }) == "nothing");
}

TEST_CASE("a codec without values refuses a pattern that would fill", "[format]") {
  matrix<float> w(4, 8);
  w(1, 5) = 1;
  CHECK(refusal([&] { encode<csr, ones>(w); }) == "nothing");
  CHECK(refusal([&] { encode<bsr<2, 2>, ones>(w); }) ==
        "pattern: bsr<2,2> x ones: need a nonzero in every slot, for a fill would count as 1; got none at "
        "(0, 4)");
  CHECK(has(refusal([&] { encode<nm<1, 4>, ones>(w); }), "pattern: nm<1,4> x ones: "));
  CHECK(has(refusal([&] { convert<dense, ones>(encode<csr, float>(w)); }), "pattern: dense x ones: "));
}
