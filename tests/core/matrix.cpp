// SPDX-License-Identifier: BSL-1.0
// matrix and matrix_view: where an element lies, what a part and a transposed view are, what is refused.
#include <lacuna/core/matrix.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;
using test::refusal;

TEST_CASE("a view finds its elements in both layouts, with any stride", "[core]") {
  int data[24];
  for (int s = 0; s < 24; ++s) data[s] = s;
  const matrix_view<int> r(data, 3, 4);
  const matrix_view<int, col_major> c(data, 3, 4);
  const matrix_view<int> rs(data, 3, 4, 7);
  const matrix_view<int, col_major> cs(data, 3, 4, 5);
  CHECK(r.stride() == 4);
  CHECK(c.stride() == 3);
  for (index_t i = 0; i < 3; ++i)
    for (index_t j = 0; j < 4; ++j) {
      CHECK(r(i, j) == i * 4 + j);
      CHECK(c(i, j) == i + j * 3);
      CHECK(rs(i, j) == i * 7 + j);
      CHECK(cs(i, j) == i + j * 5);
    }
  const matrix_view<const int> read = r;
  CHECK(read.data() == data);
}

TEMPLATE_TEST_CASE("a part and a transposed view see the same memory", "[core]", row_major, col_major) {
  for (const test::shape s : test::shapes()) {
    const auto m = test::random_matrix<float, TestType>(s.rows, s.cols, 1, 31);
    const auto v = m.view();
    const auto t = transposed(m);
    CHECK(t.rows() == s.cols);
    CHECK(t.cols() == s.rows);
    CHECK(transposed(t).data() == v.data());
    CHECK(test::difference(transposed(t), m) == "");
    for (index_t i = 0; i < s.rows; ++i)
      for (index_t j = 0; j < s.cols; ++j) {
        const bool same = &t(j, i) == &v(i, j);
        const bool part = &v.block(i, j, s.rows - i, s.cols - j)(0, 0) == &v(i, j);
        if (!same || !part) FAIL("(" << i << ", " << j << ") of " << s.rows << "x" << s.cols);
      }
    CHECK(v.block(s.rows, s.cols, 0, 0).rows() == 0);  // at the very end nothing is left, which is a part
    CHECK(v.block(0, s.cols, s.rows, 0).cols() == 0);
  }
}

TEST_CASE("a view is refused with a sentence when it cannot be", "[core]") {
  float data[12] = {};
  CHECK(refusal([&] { matrix_view<float>(data, 3, 4, 3); }) ==
        "shape: matrix_view: need sizes >= 0 and stride >= the length of a line; got 3x4 with stride 3");
  CHECK(refusal([&] { matrix_view<float, col_major>(data, 4, 3, 3); }) ==
        "shape: matrix_view: need sizes >= 0 and stride >= the length of a line; got 4x3 with stride 3");
  CHECK(refusal([&] { matrix_view<float>(data, -3, 4); }) ==
        "shape: matrix_view: need sizes >= 0 and stride >= the length of a line; got -3x4 with stride 4");
  CHECK(refusal([&] { matrix_view<float>(data, 1, 4, 0); }) == "nothing");  // one line needs no stride
  const matrix_view<float> v(data, 3, 4);
  CHECK(refusal([&] { v.block(1, 1, 3, 1); }) ==
        "shape: block: need a part inside the matrix; got 3x1 at (1, 1) of 3x4");
  CHECK(refusal([&] { v.block(-1, 0, 1, 1); }) ==
        "shape: block: need a part inside the matrix; got 1x1 at (-1, 0) of 3x4");
  CHECK(refusal([&] { v.block(0, 5, 0, 0); }) ==
        "shape: block: need a part inside the matrix; got 0x0 at (0, 5) of 3x4");
  CHECK(refusal([&] { v.block(0, 0, PTRDIFF_MAX, 1); }) != "nothing");
}

TEST_CASE("an owner is zeroed, copies deeply and lends itself", "[core]") {
  matrix<double, col_major> m(5, 3);
  for (index_t i = 0; i < 5; ++i)
    for (index_t j = 0; j < 3; ++j) CHECK(m(i, j) == 0);
  m(4, 2) = 7;
  CHECK(m.data()[14] == 7);
  auto copy = m;
  copy(4, 2) = 8;
  CHECK(m(4, 2) == 7);
  const matrix_view<const double, col_major> lent = copy;
  CHECK(lent(4, 2) == 8);
  const double* const where = copy.data();
  const auto moved = std::move(copy);
  CHECK(moved.data() == where);
  CHECK(matrix<float>().rows() == 0);
}

namespace {
/// What a user's own library may have: no stride(), no layout; and one with both.
struct plain_image {
  float* data() { return pixels; }
  int rows() const { return 2; }
  int cols() const { return 3; }
  unsigned stride() const { return 4; }
  float pixels[8] = {0, 1, 2, 3, 4, 5, 6, 7};
};
}  // namespace

TEST_CASE("anything with data, rows, cols and stride is a dense operand", "[core]") {
  STATIC_REQUIRE(dense_operand<plain_image>);
  plain_image image;
  const auto v = as_view(image);
  CHECK(v(1, 2) == 6);
  v(1, 2) = 9;
  CHECK(image.pixels[6] == 9);
}

TEST_CASE("gapped test matrices notice a write between their lines", "[core]") {
  test::gapped<float> g(3, 4, 2);
  CHECK(g.gaps_intact());
  g.view()(2, 3) = 1;
  CHECK(g.gaps_intact());
  g.view().data()[5] = 0;
  CHECK(!g.gaps_intact());
}
