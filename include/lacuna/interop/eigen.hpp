#pragma once
// SPDX-License-Identifier: BSL-1.0
// Eigen (3.4, 5.x) and lacuna on the same memory.
//
//   ours -> Eigen      eigen_map(w)       Map of a dense matrix, either layout, any stride
//                      eigen_map(a)       Map<const SparseMatrix<T, RowMajor, I>> of a basic_csr<I, I>
//                      eigen_copy(a)      SparseMatrix<T, RowMajor, I> of any sparse matrix
//   Eigen -> ours      w                  every verb takes Eigen's matrices as they are, by as_view
//                      as_view(a)         sparse_view of a compressed, row-major SparseMatrix
//                      reinterpret_view<bf16>(w)   Eigen::bfloat16 as bf16, Eigen::half as f16
//
// Nothing is copied but by eigen_copy. A map or view is valid as long as the memory under it.
#include <Eigen/SparseCore>
#include <lacuna/core/matrix.hpp>
#include <lacuna/format/convert.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/format/sparse_matrix.hpp>

namespace lacuna {
namespace detail {

template <class T>
struct eigen_twin {
  using type = T;
};
template <>
struct eigen_twin<bf16> {
  using type = Eigen::bfloat16;
};
template <>
struct eigen_twin<f16> {
  using type = Eigen::half;
};
template <class T>
struct lacuna_twin {
  using type = T;
};
template <>
struct lacuna_twin<Eigen::bfloat16> {
  using type = bf16;
};
template <>
struct lacuna_twin<Eigen::half> {
  using type = f16;
};

/// To and From are the same bytes under two names.
template <class To, class From>
inline constexpr bool same_layout =
    std::is_same_v<std::remove_const_t<To>, std::remove_const_t<From>> ||
    std::is_same_v<typename lacuna_twin<std::remove_const_t<From>>::type, std::remove_const_t<To>> ||
    std::is_same_v<typename eigen_twin<std::remove_const_t<From>>::type, std::remove_const_t<To>>;
static_assert(sizeof(Eigen::bfloat16) == sizeof(bf16) && alignof(Eigen::bfloat16) == alignof(bf16));
static_assert(sizeof(Eigen::half) == sizeof(f16) && alignof(Eigen::half) == alignof(f16));

template <class To, class From>
LACUNA_INLINE To* reinterpret(From* p) {
  static_assert(
      same_layout<To, From>,
      "lacuna: reinterpret_view needs bf16 for Eigen::bfloat16, f16 for Eigen::half, or the reverse");
  To* q = reinterpret_cast<To*>(p);
  // Two types, one memory: what was written through one name must be in memory before the other reads it.
  if constexpr (!std::is_same_v<std::remove_const_t<To>, std::remove_const_t<From>>)
    asm volatile("" : "+r"(q) : : "memory");
  return q;
}

template <class T, class To>
using like_const = std::conditional_t<std::is_const_v<T>, const To, To>;

template <class A>
concept eigen_compressible = std::is_base_of_v<Eigen::SparseCompressedBase<A>, A>;

}  // namespace detail

/// Eigen's name for T: Eigen::bfloat16 for bf16, Eigen::half for f16, else T.
template <class T>
using eigen_scalar = typename detail::eigen_twin<T>::type;

/// The same memory under the other name of its 16-bit type.
template <class To, dense_operand M>
LACUNA_INLINE auto reinterpret_view(M&& m) {
  const auto v = as_view(m);
  using View = std::remove_const_t<decltype(v)>;
  using T = detail::like_const<typename View::element, To>;
  return matrix_view<T, typename View::layout>{detail::reinterpret<T>(v.data()), v.rows(), v.cols(),
                                               v.stride()};
}

/// An Eigen::Map of our memory: writable when the view is, in its layout, with its stride.
template <strided_matrix M>
LACUNA_INLINE auto eigen_map(M&& m) {
  const auto v = as_view(m);
  using View = std::remove_const_t<decltype(v)>;
  using T = typename View::element;
  using S = eigen_scalar<std::remove_const_t<T>>;
  using Plain =
      Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, View::by_rows ? Eigen::RowMajor : Eigen::ColMajor>;
  return Eigen::Map<detail::like_const<T, Plain>, Eigen::Unaligned, Eigen::OuterStride<>>(
      detail::reinterpret<detail::like_const<T, S>>(v.data()), v.rows(), v.cols(),
      Eigen::OuterStride<>(v.stride()));
}

/// An Eigen::Map of our csr arrays, when indices and offsets have one type, as Eigen's have. For the others:
/// eigen_copy, or convert<basic_csr<int, int>> first.
template <sparse_operand A>
LACUNA_INLINE auto eigen_map(const A& a) {
  using I = std::remove_cvref_t<decltype(view_of<A>(a).where().at.col_idx[0])>;
  static_assert(
      std::is_same_v<pattern_of<A>, basic_csr<I, I>>,
      "lacuna: eigen_map needs basic_csr<I, I>, for Eigen has one index type; eigen_copy takes any");
  static_assert(std::is_same_v<codec_type_of<A>, typename view_of<A>::element>,
                "lacuna: eigen_map needs values that are stored as they are; eigen_copy reads any codec back");
  const view_of<A> v = a;
  using S = eigen_scalar<typename view_of<A>::element>;
  return Eigen::Map<const Eigen::SparseMatrix<S, Eigen::RowMajor, I>>(
      v.rows(), v.cols(), v.nnz(), v.where().at.row_ptr.data(), v.where().at.col_idx.data(),
      detail::reinterpret<const S>(v.values().data()));
}

/// Our view of a compressed row-major SparseMatrix (or Map, Ref of one). Fails with errc::data when it is not
/// compressed. Eigen keeps columns sorted itself; `validate` checks arrays that were mapped.
template <detail::eigen_compressible A>
LACUNA_INLINE auto as_view(const A& a) {
  static_assert(
      A::IsRowMajor,
      "lacuna: as_view needs a row-major Eigen::SparseMatrix; assign a column-major one to it first");
  using I = typename A::StorageIndex;
  using C = typename detail::lacuna_twin<typename A::Scalar>::type;
  static constexpr I none = 0;
  if (!a.isCompressed())
    fail(errc::data,
         "as_view: need a compressed Eigen::SparseMatrix; got one with room between its rows (call "
         "makeCompressed first)");
  const auto nnz = static_cast<index_t>(a.nonZeros()), rows = static_cast<index_t>(a.rows());
  const I* const row_ptr = a.outerIndexPtr() != nullptr ? a.outerIndexPtr() : &none;  // 5.x: null when 0 x 0
  return sparse_view<basic_csr<I, I>, C>{
      rows,
      static_cast<index_t>(a.cols()),
      {array_view<const I>(row_ptr, rows + 1), array_view<const I>(a.innerIndexPtr(), nnz)},
      array_view<const element_t<C>>(detail::reinterpret<const C>(a.valuePtr()), nnz)};
}

inline namespace LACUNA_ARCH {

/// The nonzeros of any sparse matrix (stored zeros too, fill not) as an owned, compressed Eigen matrix.
/// Fails with errc::overflow when rows, columns or nonzeros do not fit I.
template <std::signed_integral I = int, sparse_operand A>
auto eigen_copy(const A& a) {
  const view_of<A> v = a;
  // A codec that is not its own element (ones, scaled integers) is read back.
  using C = codec_type_of<A>;
  using S = eigen_scalar<std::conditional_t<std::is_same_v<C, element_t<C>>, C, value_t<C>>>;
  const auto entries = entries_of(v);
  index_t n = 0;
  for (index_t i = 0; i < v.rows(); ++i) entries(i, [&](index_t, auto) { ++n; });
  for (const index_t size : {v.rows(), v.cols(), n})
    if (size > static_cast<index_t>(std::numeric_limits<I>::max()))
      fail(errc::overflow, "eigen_copy: need sizes and nonzeros that fit its index type; got " +
                               shape_text(v.rows(), v.cols()) + " with " + count_text(n));

  Eigen::SparseMatrix<S, Eigen::RowMajor, I> out(v.rows(), v.cols());
  out.resizeNonZeros(n);
  n = 0;
  for (index_t i = 0; i < v.rows(); ++i) {
    out.outerIndexPtr()[i] = static_cast<I>(n);
    entries(i, [&](index_t k, auto x) {
      out.innerIndexPtr()[n] = static_cast<I>(k);
      out.valuePtr()[n++] = static_cast<S>(x);
    });
  }
  out.outerIndexPtr()[v.rows()] = static_cast<I>(n);
  return out;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
