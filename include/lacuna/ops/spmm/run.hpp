#pragma once
// SPDX-License-Identifier: BSL-1.0
// One product behind spmv, spmm and linear: checks at the door, then the loop that the layout of X asks for.
//
//   X contiguous along k (tokens, vectors)   dot:  lanes run along the stored values of a row
//   X contiguous along n (features)          axpy: lanes run along the columns of X
//   scalar, double, no SIMD in the flags     reference: the plain loop over visit_row
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/epilogue.hpp>
#include <lacuna/ops/spmm/axpy.hpp>
#include <lacuna/ops/spmm/dot.hpp>
#include <lacuna/ops/spmm/reference.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace detail {

/// Fails with errc::shape unless `fits`; the sentence shows the verb's rule and the operands by its names.
template <class A, class X, class Y>
LACUNA_INLINE void check_shapes(bool fits, const char* rule, const A& a, const char* x_name, const X& x,
                                const char* y_name, const Y& y) {
  if (!fits)
    fail(errc::shape, std::string(rule) + "; got A " + shape_text(a.rows(), a.cols()) + ", " + x_name + " " +
                          shape_text(x.rows(), x.cols()) + ", " + y_name + " " +
                          shape_text(y.rows(), y.cols()));
}
/// A * X -> Y.
template <class A, class X, class Y>
LACUNA_INLINE bool fits_product(const A& a, const X& x, const Y& y) {
  return a.cols() == x.rows() && a.rows() == y.rows() && x.cols() == y.cols();
}

/// Pieces a thread: enough that uneven rows even out, few enough that taking one costs nothing.
inline constexpr index_t pieces_per_thread = 4;
/// Multiplications below which one piece is faster than waking a second thread (about 5 us of work).
inline constexpr double smallest_parallel_product = 65536;

template <class Threads, class View, class Rows>
LACUNA_INLINE void run_pieces(const Threads& threads, const View& a, index_t tokens, index_t grain,
                              const Rows& rows) {
  const double work = static_cast<double>(a.nnz()) * static_cast<double>(tokens);
  const index_t groups = (a.rows() + grain - 1) / grain, most = threads.width() * pieces_per_thread;
  const index_t pieces = threads.width() < 2 || work < smallest_parallel_product ? 1
                         : groups < most                                        ? groups
                                                                                : most;
  if (pieces == 1) return rows(row_range{0, a.rows()});
  threads.run(pieces, [&](index_t p) { rows(piece_rows(a.where(), p, pieces, grain)); });
}

template <class Threads, class Simd, pattern P, codec C, class T, class XLayout, class U, class YLayout,
          epilogue_stage Epilogue>
void run_product(const exec<Threads, Simd>& where, const sparse_view<P, C>& a, matrix_view<T, XLayout> x,
                 matrix_view<U, YLayout> y, const Epilogue& finish) {
  using value = value_t<C>;
  static_assert(std::is_same_v<std::remove_const_t<T>, value> && std::is_same_v<U, value>,
                "lacuna: no kernel for these element types: X and Y must hold the codec's value_type "
                "(float; double for the double codec), and Y must not be const");
  if constexpr (is_row_major<XLayout> && is_row_major<YLayout>)
    if (x.cols() == 1 && x.stride() == 1 && y.stride() == 1)  // vectors, whatever they are called
      return run_product(where, a, matrix_view<T, col_major>(x.data(), x.rows(), 1),
                         matrix_view<U, col_major>(y.data(), y.rows(), 1), finish);
  epilogue::check(finish, y.rows(), y.cols());
  const auto last = epilogue::bind(finish, y);
  using A = simd::arch_of_t<Simd>;
  constexpr bool vectors = !std::is_same_v<A, simd::plain> && std::is_same_v<value, float>;
  if constexpr (!vectors) {
    run_pieces(where.threads, a, x.cols(), 1, [&](row_range r) { product_reference(a, r, x, y, last); });
  } else if constexpr (is_row_major<XLayout>) {
    run_pieces(where.threads, a, x.cols(), 1,
               [&](row_range r) { product_axpy<A>(a, r, x.data(), x.stride(), y, last); });
  } else {
    using walk = lanes_of<P, C, A>;
    run_pieces(where.threads, a, x.cols(), walk::rows,
               [&](row_range r) { product_dot<walk>(a, r, x.data(), x.stride(), y, last); });
  }
}

}  // namespace detail
}  // namespace LACUNA_ARCH
}  // namespace lacuna
