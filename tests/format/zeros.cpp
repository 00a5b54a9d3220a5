// SPDX-License-Identifier: BSL-1.0
// What a stored zero means: kept where the pattern stores positions one by one, fill where it stores groups.
#include <cmath>
#include <vector>
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

/// Every position of a random mask, half of them with value 0.
template <class P>
sparse_matrix<P, float> with_stored_zeros(std::uint64_t seed) {
  const auto w = test::random_matrix(17, 70, 0.3, seed);
  const auto kept = encode<bitmap, ones>(w);
  auto half = w;
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t j = i % 2; j < w.cols(); j += 2) half(i, j) = 0;
  return encode<P, float>(half, kept);
}

template <class A>
std::vector<float> values_in_order(const A& a) {
  std::vector<float> out;
  for (index_t i = 0; i < a.rows(); ++i) a.view().visit_row(i, [&](index_t, float v) { out.push_back(v); });
  return out;
}

}  // namespace

TEST_CASE("explicit zeros survive between csr and bitmap", "[format]") {
  const auto a = with_stored_zeros<csr>(11);
  const auto b = convert<bitmap>(a);
  const auto c = convert<csr>(b);
  const auto d = convert<narrow_csr, bf16>(b);
  REQUIRE(values_in_order(a).size() == static_cast<std::size_t>(a.nnz()));
  CHECK(b.nnz() == a.nnz());
  CHECK(c.nnz() == a.nnz());
  CHECK(d.nnz() == a.nnz());
  CHECK(values_in_order(b) == values_in_order(a));
  CHECK(values_in_order(c) == values_in_order(a));
  CHECK(values_in_order(d) == values_in_order(a));
  CHECK(test::difference(decode(c), decode(a)) == "");
}

TEMPLATE_TEST_CASE("fill does not become a nonzero", "[format]", dense, (bsr<4, 4>), (bsr<3, 5>),
                   (nm<33, 64>), (nm<4, 4>)) {
  const auto w = test::random_for<TestType>(19, 70, 0.2, 12);
  const auto plain = encode<csr, float>(w);
  const auto a = encode<TestType, float>(w);
  CHECK(a.nnz() > plain.nnz());
  CHECK(convert<csr>(a).nnz() == plain.nnz());
  CHECK(convert<bitmap>(a).nnz() == plain.nnz());
}

TEMPLATE_TEST_CASE("NaN and infinity are values like any other", "[format]", dense, csr, bitmap, (bsr<4, 4>),
                   (nm<2, 4>)) {
  matrix<float> w(3, 9);
  w(0, 1) = std::nanf("");
  w(1, 8) = HUGE_VALF;
  w(2, 4) = -HUGE_VALF;
  const auto a = encode<TestType, float>(w);
  CHECK(test::difference(decode(a), w) == "");
  CHECK(test::difference(decode(convert<csr>(a)), w) == "");
  CHECK(convert<bitmap>(convert<csr>(a)).nnz() == 3);
}

TEST_CASE("zeros of either sign are not nonzeros, in whatever type they come", "[format]") {
  matrix<float> w(2, 3);
  w(0, 1) = -0.0f;
  w(1, 2) = 2;
  CHECK(encode<csr, float>(w).nnz() == 1);
  matrix<bf16> h(2, 3);
  h(0, 1) = bf16(-0.0f);
  h(1, 2) = bf16(2.0f);
  CHECK(encode<csr, bf16>(h).nnz() == 1);
  matrix<f16> g(2, 3);
  g(0, 1) = f16(-0.0f);
  CHECK(encode<bitmap, float>(g).nnz() == 0);
  matrix<double> d(2, 3);
  d(1, 1) = -0.0;
  CHECK(encode<csr, double>(d).nnz() == 0);
}

TEST_CASE("a mask decides what is stored, zeros too", "[format]") {
  matrix<float> w(4, 8), keep(4, 8);
  w(0, 0) = 1, w(0, 1) = 2, w(3, 7) = 3;
  keep(0, 0) = keep(1, 5) = keep(3, 7) = 1;
  const auto kept = encode<bitmap, ones>(keep);
  const auto a = encode<csr, float>(w, kept);
  CHECK(values_in_order(a) == std::vector<float>{1, 0, 3});
  CHECK(encode<bitmap, float>(w, kept).nnz() == 3);
  CHECK(encode<nm<2, 4>, float>(w, kept).nnz() == 16);
  CHECK(encode<csr, float>(w, encode<csr, float>(keep)).nnz() == 3);  // any sparse matrix is a mask
  CHECK(encode<csr, ones>(w, kept).nnz() == 3);
}
