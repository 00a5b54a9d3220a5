// SPDX-License-Identifier: BSL-1.0
// Eigen's matrices are dense operands without any header of ours that knows Eigen.
#include <lacuna/core/matrix.hpp>

#if __has_include(<Eigen/Core>)
#  include <Eigen/Core>
#elif __has_include(<eigen3/Eigen/Core>)
#  include <eigen3/Eigen/Core>
#endif

#ifdef EIGEN_WORLD_VERSION
namespace lacuna {
namespace {

using by_rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using by_cols = Eigen::MatrixXf;
template <class M>
using view_type = decltype(as_view(std::declval<M&>()));

static_assert(dense_operand<by_rows> && dense_operand<by_cols> && dense_operand<const by_cols&>);
static_assert(dense_operand<Eigen::Matrix3d> && dense_operand<Eigen::VectorXf>);
static_assert(dense_operand<Eigen::Map<by_rows>> && dense_operand<Eigen::Map<const by_cols>>);
static_assert(dense_operand<Eigen::Ref<by_cols>>);
static_assert(dense_operand<decltype(std::declval<by_cols&>().block(0, 0, 1, 1))>);
static_assert(!dense_operand<decltype(std::declval<by_cols&>() + std::declval<by_cols&>())>);
static_assert(!dense_operand<Eigen::ArrayXXf::Scalar>);

static_assert(std::is_same_v<view_type<by_rows>, matrix_view<float, row_major>>);
static_assert(std::is_same_v<view_type<by_cols>, matrix_view<float, col_major>>);
static_assert(std::is_same_v<view_type<const by_cols>, matrix_view<const float, col_major>>);
static_assert(std::is_same_v<view_type<Eigen::Map<const by_rows>>, matrix_view<const float, row_major>>);
static_assert(std::is_same_v<decltype(transposed(std::declval<by_cols&>())), matrix_view<float, row_major>>);

}  // namespace
}  // namespace lacuna
#endif
