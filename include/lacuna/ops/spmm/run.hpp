#pragma once
// SPDX-License-Identifier: BSL-1.0
// One product behind spmv, spmm and linear: checks at the door, then the loop that the layout of X asks for.
//
//   X contiguous along k (tokens, vectors)   dot:  lanes run along the stored values of a row
//   X contiguous along n (features)          axpy: lanes run along the columns of X
//   scalar, double, no SIMD in the flags     reference: the plain loop over visit_row
//
// and for packed matrices (pack.hpp), whatever the layouts:
//
//   few tokens, N:M                          stream: lanes are 16 rows, X is broadcast
//   many                                     expand: decoded by chunks, then dense tiles
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/epilogue.hpp>
#include <lacuna/ops/spmm/axpy.hpp>
#include <lacuna/ops/spmm/dot.hpp>
#include <lacuna/ops/spmm/expand.hpp>
#include <lacuna/ops/spmm/reference.hpp>
#include <lacuna/ops/spmm/stream.hpp>

namespace lacuna {

template <class X>
using number_of = std::remove_reference_t<decltype(*std::declval<X&>().data())>;
/// The numbers of X are the codec's value_type: float, or double for the double codec.
template <class X, class A>
concept holds_value_type_of = std::same_as < std::remove_const_t<number_of<X>>,
typename view_of<A>::value_type > ;
/// The same for an output, which must not be const.
template <class Y, class A>
concept takes_value_type_of = std::same_as < number_of<Y>,
typename view_of<A>::value_type > ;
/// What there is a kernel for.
template <class A, class X, class Y>
concept has_kernel = holds_value_type_of<X, A> && takes_value_type_of<Y, A>;

inline namespace LACUNA_ARCH {
namespace kernel {

/// The sentence shows the verb's rule and its operands by their names there.
[[noreturn]] LACUNA_NOINLINE inline void fail_shapes(const char* rule, const std::string& a,
                                                     const std::string& x, const std::string& y) {
  fail(errc::shape, std::string(rule) + "; got A " + a + ", " + x + ", " + y);
}
/// Fails with errc::shape unless `fits`.
template <class A, class X, class Y>
LACUNA_INLINE void check_shapes(bool fits, const char* rule, const A& a, const char* x_name, const X& x,
                                const char* y_name, const Y& y) {
  const auto text = [](const auto& m) { return shape_text(m.rows(), m.cols()); };
  if (!fits)
    fail_shapes(rule, text(a), std::string(x_name) + " " + text(x), std::string(y_name) + " " + text(y));
}
[[noreturn]] LACUNA_NOINLINE inline void fail_same_memory() {
  fail(errc::argument, "product: need X and Y in different memory; got the same address");
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

/// How many pieces the rows are cut into.
template <class Threads, class View>
LACUNA_INLINE index_t pieces_of(const Threads& threads, const View& a, index_t tokens, index_t grain) {
  const double work = static_cast<double>(a.nnz()) * static_cast<double>(tokens);
  const index_t groups = (a.rows() + grain - 1) / grain, most = threads.width() * pieces_per_thread;
  return threads.width() < 2 || work < smallest_parallel_product ? 1 : groups < most ? groups : most;
}
/// rows(range, piece) for every piece.
template <class Threads, class View, class Rows>
LACUNA_INLINE void run_pieces(const Threads& threads, const View& a, index_t pieces, index_t grain,
                              const Rows& rows) {
  if (pieces == 1) return rows(row_range{0, a.rows()}, index_t{0});
  threads.run(pieces, [&](index_t p) { rows(piece_rows(a.where(), p, pieces, grain), p); });
}

/// More tokens than one pass of the stream regime: decoding once and computing dense is faster, but not for N:M,
/// whose permutes take no longer than the decoding.
template <class P, class A>
LACUNA_INLINE bool expands(index_t tokens) {
  return !has_groups<P> && tokens > stream_tokens<A>;
}

template <class A, class Threads, class P, codec C, class X, class Y, class Epilogue>
void run_panels(const Threads& threads, workspace& scratch, const sparse_view<P, C>& a, const X& x,
                const Y& y, const Epilogue& finish) {
  using walk = panel_walk<P, C, A>;
  const index_t pieces = pieces_of(threads, a, x.cols(), panel_rows),
                x_floats = stream_x_floats<walk, A>(a.cols(), x.cols());
  const bool expand = expands<P, A>(x.cols());
  const index_t each = expand ? expand_scratch_floats<A>(x.cols()) : 0;
  float* const xp = scratch.floats(x_floats + pieces * each);
  stream_pack_x<walk, A>(x, xp);
  run_pieces(threads, a, pieces, panel_rows, [&](row_range r, index_t piece) {
    if constexpr (!has_groups<P>)
      if (expand) return product_expand<A>(a, r, xp, y, finish, xp + x_floats + piece * each);
    product_stream<A>(a, r, xp, y, finish);
  });
}

template <class Threads, class Simd, pattern P, codec C, class T, class XLayout, class U, class YLayout,
          epilogue_stage Epilogue>
void run_product(const exec<Threads, Simd>& where, const sparse_view<P, C>& a, matrix_view<T, XLayout> x,
                 matrix_view<U, YLayout> y, const Epilogue& finish) {
  using value = value_t<C>;
  if constexpr (is_row_major<XLayout> && is_row_major<YLayout>)
    if (x.cols() == 1 && x.stride() == 1 && y.stride() == 1)  // vectors, whatever they are called
      return run_product(where, a, matrix_view<T, col_major>(x.data(), x.rows(), 1),
                         matrix_view<U, col_major>(y.data(), y.rows(), 1), finish);
  if (a.nnz() > 0 && y.cols() > 0 && x.data() == y.data()) fail_same_memory();
  epilogue::check(finish, y.rows(), y.cols());
  const auto last = epilogue::bind(finish, y);
  using A = simd::arch_of_t<Simd>;
  constexpr bool vectors = !std::is_same_v<A, simd::plain> && std::is_same_v<value, float>;
  const auto run = [&](index_t grain, const auto& rows) {
    run_pieces(where.threads, a, pieces_of(where.threads, a, x.cols(), grain), grain, rows);
  };
  if constexpr (!vectors) {
    run(1, [&](row_range r, index_t) { product_reference(a, r, x, y, last); });
  } else if constexpr (is_panel<P>) {
    workspace own;
    run_panels<A>(where.threads, where.scratch ? *where.scratch : own, a, x, y, last);
  } else if constexpr (is_row_major<XLayout>) {
    run(1, [&](row_range r, index_t) { product_axpy<A>(a, r, x.data(), x.stride(), y, last); });
  } else {
    using walk = lanes_of<P, C, A>;
    run(walk::rows, [&](row_range r, index_t) { product_dot<walk>(a, r, x.data(), x.stride(), y, last); });
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
