// SPDX-License-Identifier: BSL-1.0
// The same memory under both names, both ways.
#include <Eigen/Core>
#include <lacuna/format.hpp>
#include <lacuna/interop/eigen.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

template <class T>
using by_rows = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using by_cols = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T, class I = int>
using eigen_sparse = Eigen::SparseMatrix<T, Eigen::RowMajor, I>;

template <class M>
std::string unlike(const M& eigen, const matrix<float>& w) {
  if (eigen.rows() != w.rows() || eigen.cols() != w.cols()) return "shape";
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t j = 0; j < w.cols(); ++j)
      if (static_cast<float>(eigen.coeff(i, j)) != w(i, j)) return shape_text(i, j);
  return "";
}

}  // namespace

TEMPLATE_TEST_CASE("eigen_map is our memory in every layout", "[interop]", float, double, bf16, f16) {
  for (const test::shape s : test::shapes()) {
    const auto w = test::random_matrix(s.rows, s.cols, 0.7, 11);
    const auto typed = test::random_matrix<TestType>(s.rows, s.cols, 0.7, 11);
    test::for_each_layout(typed, [&](const auto& v, const char* lies) {
      CAPTURE(s.rows, s.cols, lies);
      const auto map = eigen_map(v);
      CHECK(static_cast<const void*>(map.data()) == v.data());
      CHECK(map.outerStride() == v.stride());
      CHECK(unlike(map, w) == "");
      CHECK(test::difference(reinterpret_view<TestType>(map), w) == "");
    });
  }
}

TEST_CASE("eigen_map writes through a writable view only", "[interop]") {
  matrix<float, col_major> w(2, 3);
  eigen_map(w)(1, 2) = 5;
  CHECK(w(1, 2) == 5);
  eigen_map(w.view().block(0, 0, 1, 2)).setConstant(7);
  CHECK(w(0, 1) == 7);
  CHECK(w(1, 1) == 0);
  const auto& fixed = w;
  static_assert(std::is_same_v<decltype(eigen_map(fixed).data()), const float*>);
  static_assert(std::is_same_v<decltype(eigen_map(w).data()), float*>);
  matrix<bf16> half_width(1, 2);
  eigen_map(half_width)(0, 1) = Eigen::bfloat16(1.5f);
  CHECK(half_width(0, 1) == bf16(1.5f));
}

TEST_CASE("Eigen's dense objects are operands as they are", "[interop]") {
  by_rows<float> r(4, 6);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 6; ++j) r(i, j) = static_cast<float>(10 * i + j);
  by_cols<float> c = r;
  CHECK(as_view(r).data() == r.data());
  CHECK(as_view(r)(2, 5) == 25);
  CHECK(as_view(c)(2, 5) == 25);
  CHECK(as_view(c).stride() == 4);

  Eigen::Map<const by_rows<float>, 0, Eigen::OuterStride<>> apart(r.data(), 2, 3, Eigen::OuterStride<>(12));
  CHECK(as_view(apart)(1, 2) == 22);
  Eigen::Ref<by_cols<float>> ref(c);
  as_view(ref)(0, 0) = -1;
  CHECK(c(0, 0) == -1);
  CHECK(as_view(r.block(1, 2, 2, 3))(1, 1) == 23);
  CHECK(as_view(c.block(1, 2, 2, 3))(1, 1) == 23);
  CHECK(as_view(r.row(2))(0, 3) == 23);
  CHECK(as_view(c.col(3))(2, 0) == 23);
  CHECK(as_view(Eigen::VectorXf(c.col(3))).rows() == 4);
  CHECK(as_view(Eigen::RowVectorXf(r.row(2))).rows() == 1);
  CHECK(as_column(Eigen::VectorXf(c.col(3))).rows() == 4);
  CHECK(as_view(by_rows<float>(0, 5)).cols() == 5);

  const auto refusal = [](const auto& m) { return test::refusal([&] { as_view(m); }); };
  Eigen::Map<const by_cols<float>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> gaps(
      c.data(), 2, 3, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(8, 2));
  CHECK(refusal(gaps) == "shape: as_view: need neighbours in a line at stride 1; got inner stride 2");
  CHECK(refusal(r.col(1)) == "shape: as_view: need neighbours in a line at stride 1; got inner stride 6");
  CHECK(refusal(c.row(1)) == "shape: as_view: need neighbours in a line at stride 1; got inner stride 4");
}

TEST_CASE("a matrix of Eigen's 16-bit types is one of ours", "[interop]") {
  by_cols<Eigen::half> h(2, 2);
  h << Eigen::half(0.5f), Eigen::half(1.0f), Eigen::half(-2.0f), Eigen::half(65504.0f);
  const auto ours = reinterpret_view<f16>(h);
  CHECK(ours(1, 0) == f16(-2.0f));
  ours(1, 0) = f16(3.0f);
  CHECK(h(1, 0) == Eigen::half(3.0f));
  const by_rows<Eigen::bfloat16> b = h.cast<float>().cast<Eigen::bfloat16>();
  CHECK(reinterpret_view<bf16>(b)(0, 1) == bf16(1.0f));
  static_assert(std::is_same_v<decltype(reinterpret_view<bf16>(b)), matrix_view<const bf16, row_major>>);
}

TEMPLATE_TEST_CASE("sparse matrices on the same memory, both ways", "[interop]", float, double, bf16, f16) {
  using S = eigen_scalar<TestType>;
  for (const test::shape s : test::shapes()) {
    CAPTURE(s.rows, s.cols);
    const auto w = test::random_matrix(s.rows, s.cols, 0.4, 13);
    const auto a = encode<basic_csr<int, int>, TestType>(w);
    const auto map = eigen_map(a);
    CHECK(static_cast<const void*>(map.valuePtr()) == a.values().data());
    CHECK(unlike(map, w) == "");

    const eigen_sparse<S> e = map;
    const auto back = as_view(e);
    CHECK(static_cast<const void*>(back.values().data()) == e.valuePtr());
    CHECK(find_defect(back) == "");
    CHECK(test::difference(decode(back), w) == "");
    CHECK(test::difference(decode(as_view(map)), w) == "");

    CHECK(unlike(eigen_copy(encode<csr, TestType>(w)), w) == "");
    const auto wide = eigen_copy<std::int64_t>(encode<bsr<3, 5>, TestType>(w));
    CHECK(unlike(wide, w) == "");
    CHECK(wide.nonZeros() == a.nnz());
    const auto wide_view = as_view(wide);
    static_assert(std::is_same_v<pattern_of<decltype(wide_view)>, basic_csr<std::int64_t, std::int64_t>>);
    CHECK(test::difference(decode(wide_view), w) == "");
    CHECK(unlike(eigen_map(convert<basic_csr<std::int64_t, std::int64_t>>(a)), w) == "");
  }
}

TEST_CASE("Eigen's sparse matrices in other states", "[interop]") {
  eigen_sparse<float> e(3, 4);
  e.insert(2, 1) = 5;
  e.insert(0, 3) = 7;
  CHECK(test::refusal([&] { as_view(e); }) ==
        "data: as_view: need a compressed Eigen::SparseMatrix; got one with room between its rows (call "
        "makeCompressed first)");
  e.makeCompressed();
  CHECK(decode(as_view(e))(2, 1) == 5);
  CHECK(as_view(eigen_sparse<float>()).rows() == 0);
  CHECK(as_view(eigen_sparse<float>(0, 5)).cols() == 5);
  CHECK(as_view(eigen_sparse<float>(5, 0)).rows() == 5);
  const auto ones_copy = eigen_copy(convert<csr, ones>(as_view(e)));
  CHECK(ones_copy.coeff(2, 1) == 1);
  CHECK(ones_copy.nonZeros() == 2);
  CHECK(test::refusal([&] { eigen_copy<std::int8_t>(encode<csr, float>(matrix<float>(1, 200))); }) ==
        "overflow: eigen_copy: need sizes and nonzeros that fit its index type; got 1x200 with 0");
}
