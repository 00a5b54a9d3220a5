#pragma once
// SPDX-License-Identifier: BSL-1.0
// Dense matrices: `matrix_view` borrows, `matrix` owns.
//
//   row_major: element (i, j) at data[i * stride + j]       stride >= cols
//   col_major: element (i, j) at data[i + j * stride]       stride >= rows
//
// Every foreign matrix with data/rows/cols and a stride is seen through `as_view` without a copy.
#include <lacuna/core/aligned.hpp>

namespace lacuna {

struct row_major {};
struct col_major {};

template <class Layout>
inline constexpr bool is_row_major = std::is_same_v<Layout, row_major>;
template <class Layout>
using flip_layout = std::conditional_t<is_row_major<Layout>, col_major, row_major>;

inline namespace LACUNA_ARCH {
[[noreturn]] LACUNA_NOINLINE inline void fail_stride(index_t rows, index_t cols, index_t stride) {
  fail(errc::shape, "matrix_view: need sizes >= 0 and stride >= the length of a line; got " +
                        shape_text(rows, cols) + " with stride " + count_text(stride));
}
[[noreturn]] LACUNA_NOINLINE inline void fail_block(index_t i, index_t j, index_t rows, index_t cols,
                                                    index_t all_rows, index_t all_cols) {
  fail(errc::shape, "block: need a part inside the matrix; got " + shape_text(rows, cols) + " at (" +
                        count_text(i) + ", " + count_text(j) + ") of " +
                        shape_text(all_rows, all_cols));
}
[[noreturn]] LACUNA_NOINLINE inline void fail_inner_stride(index_t stride) {
  fail(errc::shape,
       "as_view: need neighbours in a line at stride 1; got inner stride " + count_text(stride));
}
}  // namespace LACUNA_ARCH

/// A borrowed dense matrix, rows x cols, `stride` elements from one row (col_major: column) to the next.
template <class T, class Layout = row_major>
class matrix_view {
 public:
  using element = T;
  using layout = Layout;
  static constexpr bool by_rows = is_row_major<Layout>;

  LACUNA_INLINE constexpr matrix_view() = default;
  LACUNA_INLINE matrix_view(T* data, index_t rows, index_t cols)
      : matrix_view(data, rows, cols, by_rows ? cols : rows) {}
  LACUNA_INLINE matrix_view(T* data, index_t rows, index_t cols, index_t stride)
      : data_(data), rows_(rows), cols_(cols), stride_(stride) {
    const index_t lines = by_rows ? rows : cols, line = by_rows ? cols : rows;
    if (rows < 0 || cols < 0 || (stride < line && lines > 1)) fail_stride(rows, cols, stride);
  }
  LACUNA_INLINE operator matrix_view<const T, Layout>() const
    requires(!std::is_const_v<T>)
  {
    return {data_, rows_, cols_, stride_};
  }

  LACUNA_INLINE constexpr T* data() const { return data_; }
  LACUNA_INLINE constexpr index_t rows() const { return rows_; }
  LACUNA_INLINE constexpr index_t cols() const { return cols_; }
  LACUNA_INLINE constexpr index_t stride() const { return stride_; }
  LACUNA_INLINE constexpr T& operator()(index_t i, index_t j) const {
    expect_index(i, rows_);
    expect_index(j, cols_);
    return data_[by_rows ? i * stride_ + j : i + j * stride_];
  }

  /// The rows x cols part whose first element is (i, j); fails when it leaves the matrix.
  LACUNA_INLINE matrix_view block(index_t i, index_t j, index_t rows, index_t cols) const {
    if (i < 0 || j < 0 || rows < 0 || cols < 0 || i > rows_ - rows || j > cols_ - cols)
      fail_block(i, j, rows, cols, rows_, cols_);
    if (rows == 0 || cols == 0) return {data_, rows, cols, stride_};  // no offset to a null pointer
    return {data_ + (by_rows ? i * stride_ + j : i + j * stride_), rows, cols, stride_};
  }

 private:
  T* data_ = nullptr;
  index_t rows_ = 0, cols_ = 0, stride_ = 0;
};

/// An owned dense matrix, zeroed, 64-byte aligned, without gaps between its lines.
template <class T, class Layout = row_major>
class matrix {
 public:
  using element = T;
  using layout = Layout;

  LACUNA_INLINE matrix() = default;
  LACUNA_INLINE matrix(index_t rows, index_t cols)
      : values_(checked_product("matrix", rows, cols)), rows_(rows), cols_(cols) {}

  LACUNA_INLINE T* data() { return values_.data(); }
  LACUNA_INLINE const T* data() const { return values_.data(); }
  LACUNA_INLINE index_t rows() const { return rows_; }
  LACUNA_INLINE index_t cols() const { return cols_; }
  LACUNA_INLINE index_t stride() const { return is_row_major<Layout> ? cols_ : rows_; }
  LACUNA_INLINE T& operator()(index_t i, index_t j) { return view()(i, j); }
  LACUNA_INLINE const T& operator()(index_t i, index_t j) const { return view()(i, j); }

  LACUNA_INLINE matrix_view<T, Layout> view() { return {data(), rows_, cols_, stride()}; }
  LACUNA_INLINE matrix_view<const T, Layout> view() const { return {data(), rows_, cols_, stride()}; }
  LACUNA_INLINE operator matrix_view<T, Layout>() { return view(); }
  LACUNA_INLINE operator matrix_view<const T, Layout>() const { return view(); }

 private:
  buffer<T> values_;
  owned_size rows_, cols_;
};

namespace detail {
template <class M>
using element_of = std::remove_pointer_t<decltype(std::declval<M&>().data())>;
template <class M>
concept shaped = requires(M& m) {
                   { *m.data() };
                   { m.rows() } -> std::convertible_to<index_t>;
                   { m.cols() } -> std::convertible_to<index_t>;
                 };
}  // namespace detail

/// Has our accessors, with its lines `stride()` elements apart (row-major unless it says `layout`).
template <class M>
concept strided_matrix = detail::shaped<M> && requires(M& m) {
                                                { m.stride() } -> std::convertible_to<index_t>;
                                              };
/// Has Eigen's accessors (Matrix, Map, Ref, blocks with memory).
template <class M>
concept eigen_like = detail::shaped<M> && requires(M& m) {
                                            { m.outerStride() } -> std::convertible_to<index_t>;
                                            { m.innerStride() } -> std::convertible_to<index_t>;
                                            { M::IsRowMajor ? 1 : 0 };
                                          };
/// What every verb takes as a dense operand.
template <class M>
concept dense_operand =
    strided_matrix<std::remove_reference_t<M>> || eigen_like<std::remove_reference_t<M>>;

/// Sees any dense operand as a matrix_view, without a copy. Fails when an Eigen block has gaps inside a line.
template <dense_operand M>
LACUNA_INLINE auto as_view(M&& m) {
  using Bare = std::remove_reference_t<M>;
  using T = detail::element_of<Bare>;
  if constexpr (eigen_like<Bare>) {
    using Layout = std::conditional_t<static_cast<bool>(Bare::IsRowMajor), row_major, col_major>;
    if (m.innerStride() != 1) fail_inner_stride(static_cast<index_t>(m.innerStride()));
    return matrix_view<T, Layout>{m.data(), static_cast<index_t>(m.rows()), static_cast<index_t>(m.cols()),
                                  static_cast<index_t>(m.outerStride())};
  } else if constexpr (requires { typename Bare::layout; }) {
    return matrix_view<T, typename Bare::layout>{m.data(), m.rows(), m.cols(), m.stride()};
  } else {
    return matrix_view<T>{m.data(), static_cast<index_t>(m.rows()), static_cast<index_t>(m.cols()),
                          static_cast<index_t>(m.stride())};
  }
}

/// The transposed view of the same memory: rows and columns change places, and so does the layout.
template <dense_operand M>
LACUNA_INLINE auto transposed(M&& m) {
  const auto v = as_view(m);
  using View = std::remove_const_t<decltype(v)>;
  using Flipped = matrix_view<typename View::element, flip_layout<typename View::layout>>;
  return Flipped{v.data(), v.cols(), v.rows(), v.stride()};
}

/// What spmv takes as a dense vector: anything contiguous with data() and size().
template <class V>
concept vector_operand = requires(V& v) {
                           { *v.data() };
                           { v.size() } -> std::convertible_to<index_t>;
                         };

/// Sees a vector as a matrix of one column.
template <vector_operand V>
LACUNA_INLINE auto as_column(V&& v) {
  using T = detail::element_of<std::remove_reference_t<V>>;
  return matrix_view<T, col_major>{v.data(), static_cast<index_t>(v.size()), 1};
}

}  // namespace lacuna
