// SPDX-License-Identifier: BSL-1.0
#include "format/narrow_convert.hpp"

using namespace lacuna;

namespace {
using some_kinds = std::tuple<csr, bsr<2, 16>, panel<bitmap, 4>>;
using zeros_apart = std::tuple<int8<32>, int4<16, f16, asymmetric>>;

/// Codes and cells that came from outside, through Q and back to csr.
template <class Q, class C>
void check_outside_through(const sparse_matrix<csr, C>& a) {
  const auto b = convert<Q>(a);
  const auto c = convert<csr>(b);
  CAPTURE(Q::name(), codec_of<C>::name);
  CHECK(find_defect(b) == "");
  const test::step_grid<C> want(a.view());
  CHECK(want.difference_to(test::step_grid<C>(b.view())) == "");
  CHECK(want.difference_to(test::step_grid<C>(c.view())) == "");
  // Only a filled pattern drops the codes of zero, and only blocks the cells of groups that they do not hold.
  if (!Q::filled) CHECK(test::all_bytes(c.view()) == test::all_bytes(a.view()));
  if (!groups_in_blocks<Q, C>)
    CHECK(std::string(reinterpret_cast<const char*>(c.scales().data()), c.scales().bytes()) ==
          std::string(reinterpret_cast<const char*>(a.scales().data()), a.scales().bytes()));
}
}  // namespace

TEMPLATE_LIST_TEST_CASE("convert keeps codes and cells bit for bit", "[format]", some_kinds) {
  check_narrow_convert<TestType, int4<16, f16, asymmetric>>(some_kinds{}, 22);
}

TEMPLATE_LIST_TEST_CASE(
    "any codes and cells from outside come through, those of zero too where nothing is filled", "[format]",
    zeros_apart) {
  const auto w = test::random_matrix(33, 150, 0.4, 23);
  auto a = encode<csr, TestType>(w);
  test::randomise(a, 24);
  REQUIRE(test::difference(decode(a), w) != "");
  check_outside_through<bitmap>(a);
  check_outside_through<panel<bitmap, 4>>(a);
  check_outside_through<dense>(a);
  check_outside_through<bsr<3, 5>>(a);
  check_outside_through<bsr<2, 32>>(a);
}

TEST_CASE("from one narrow codec to another the values are encoded anew", "[format]") {
  const auto a = encode<bitmap, int8<32>>(test::graded(test::random_matrix(9, 70, 0.5, 25)));
  const auto b = convert<csr, int4<16>>(a);
  CHECK(test::narrow_fault(b.view(), decode(a)) == "");
  // The same codec with another grid is another codec.
  CHECK(test::narrow_fault(convert<bitmap, int8<64>>(a).view(), decode(a)) == "");
  const auto wide = convert<bitmap, float>(a);
  CHECK(test::difference(decode(wide), decode(a)) == "");
  CHECK(wide.nnz() == a.nnz());  // a code of zero is a stored zero
}

TEST_CASE("a fit is asked for the cells, and only where there are none", "[format]") {
  auto w =
      test::random_matrix(5, 96, 1, 26, [](test::random_source& r) { return r.any() * r.any() * r.any(); });
  const auto a = encode<csr, float>(w);
  const auto plain = convert<csr, int4<32>>(a), clipped = convert<csr, int4<32>>(a, fit::clipped{});
  CHECK(test::all_bytes(plain.view()) == test::all_bytes(encode<csr, int4<32>>(w).view()));
  CHECK(test::all_bytes(plain.view()) != test::all_bytes(clipped.view()));
  CHECK(test::all_bytes(convert<csr, int4<32>>(plain, fit::clipped{}).view()) ==
        test::all_bytes(plain.view()));
  const auto everything = encode<bitmap, ones>(w);
  CHECK(test::all_bytes(encode<csr, int4<32>>(w, everything, fit::clipped{}).view()) ==
        test::all_bytes(clipped.view()));
  const auto squared = [&](const auto& q) {
    const auto d = decode(q);
    double sum = 0;
    for (index_t i = 0; i < 5; ++i)
      for (index_t k = 0; k < 96; ++k)
        sum += std::pow(static_cast<double>(d(i, k)) - static_cast<double>(w(i, k)), 2);
    return sum;
  };
  CHECK(squared(clipped) < squared(plain));
}
