// SPDX-License-Identifier: BSL-1.0
// Laws of the product. With values k / 8 on both sides every sum is exact, so results are equal, not near.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>
#include <numeric>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"

using namespace lacuna;

namespace {

constexpr index_t rows = 37, depth = 96, tokens = 11;

/// Columns in a random order; N:M moves whole groups.
template <class P>
std::vector<index_t> column_order(std::uint64_t seed) {
  index_t group = 1;
  if constexpr (requires { P::M; }) group = P::M;
  std::vector<index_t> groups(static_cast<std::size_t>(depth / group)), order;
  std::iota(groups.begin(), groups.end(), index_t{0});
  test::random_source random(seed);
  for (index_t i = depth / group - 1; i > 0; --i)
    std::swap(groups[static_cast<std::size_t>(i)], groups[static_cast<std::size_t>(random.below(i + 1))]);
  for (const index_t g : groups)
    for (index_t k = g * group; k < (g + 1) * group; ++k) order.push_back(k);
  return order;
}

/// Column k of the result is column order[k] of m.
matrix<float> reordered(const matrix<float>& m, const std::vector<index_t>& order) {
  matrix<float> r(m.rows(), m.cols());
  for (index_t i = 0; i < m.rows(); ++i)
    for (index_t k = 0; k < m.cols(); ++k) r(i, k) = m(i, order[static_cast<std::size_t>(k)]);
  return r;
}

template <class P>
matrix<float> product(const matrix<float>& w, const matrix<float>& x) {
  matrix<float> y(x.rows(), w.rows());
  linear(encode<P, float>(w), x, y);
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("laws of the product " LACUNA_TEST_ISA, "[ops]", dense, csr, bitmap, (nm<2, 4>),
                   (bsr<4, 4>), panel<bitmap>, panel<dense>, (panel<nm<2, 4>>)) {
  LACUNA_REQUIRE_ISA();
  using P = TestType;
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  CAPTURE(P::name(), seed);
  const auto w = test::random_for<P>(rows, depth, 0.4, seed);
  const auto x = test::random_matrix(tokens, depth, 1, seed + 10);
  const auto y = product<P>(w, x);

  SECTION("native equals scalar") {
    matrix<float> plain(tokens, rows);
    linear(exec{serial{}, scalar{}}, encode<P, float>(w), x, plain);
    CHECK(test::difference(y, plain) == "");
  }
  SECTION("the order of the columns does not matter") {
    const auto order = column_order<P>(seed);
    CHECK(test::difference(product<P>(reordered(w, order), reordered(x, order)), y) == "");
  }
  SECTION("a slice of the rows gives that slice of the product") {
    for (const index_t first : {0, 5, 16, 36})
      for (const index_t last : {17, 36, 37}) {
        if (last <= first) continue;
        matrix<float> part(last - first, depth);
        for (index_t i = first; i < last; ++i)
          for (index_t k = 0; k < depth; ++k) part(i - first, k) = w(i, k);
        CHECK(test::difference(product<P>(part, x), y.view().block(0, first, tokens, last - first)) == "");
      }
  }
  SECTION("a slice of the tokens gives that slice of the product") {
    for (index_t t = 0; t < tokens; ++t) {
      matrix<float> part(1, rows);
      linear(encode<P, float>(w), x.view().block(t, 0, 1, depth), part);
      CHECK(test::difference(part, y.view().block(t, 0, 1, rows)) == "");
    }
  }
  SECTION("linear is spmm of the transposed views, bit for bit, for any values") {
    const auto any =
        test::random_matrix(tokens, depth, 1, seed, [](test::random_source& r) { return r.any(); });
    matrix<float> ours(tokens, rows), theirs(tokens, rows);
    const auto a = encode<P, float>(w);
    linear(a, any, ours);
    spmm(a, transposed(any), transposed(theirs));
    CHECK(test::difference(ours, theirs) == "");
  }
}
