#pragma once
// SPDX-License-Identifier: BSL-1.0
// gather_gemm: a linear layer for some of the tokens; the rows of the others stay as they are, bit for bit.
//
//   X            Y                       gather_gemm(a, x, rows, y)                 Y[rows] = X[rows] A^T
//   0 . . .      0 . . . .               gather_gemm(a, x, rows, y, epilogue::accumulate{})    Y[rows] += X[rows] A^T
//   1 x x x ---> 1 y y y y               gather_gemm(a, x, rows, few, every_row{})  gathers only:  few[i] = X[rows[i]] A^T
//   2 . . .      2 . . . .               gather_gemm(a, few, every_row{}, y, rows)  scatters only: Y[rows[i]] = few[i] A^T
//   3 x x x ---> 3 y y y y
//
// What token skipping needs (FTP's router, LeMo's token elimination): nothing is permuted, dropped tokens pass by. Runs of
// 32 neighbouring rows and more, on both sides, are multiplied where they lie; others 256 at a time through a tile. Any
// weight that linear takes, in its own kernels. Each row number at most once: the caller's promise, checked by ascent.
#include <cstring>
#include <lacuna/ops/linear.hpp>

namespace lacuna {

/// All rows of an operand, in order: the other one is gathered from or scattered to.
struct every_row {};
template <class R>
concept row_choice = std::same_as<R, every_row> || std::convertible_to<const R&, array_view<const index_t>>;

inline namespace LACUNA_ARCH {
namespace kernel {

inline constexpr index_t gather_run = 32, gather_tile = 256;

/// Rows that a choice names; a null list is every row.
struct row_numbers {
  const index_t* list;
  index_t count;
  LACUNA_INLINE index_t operator[](index_t i) const { return list == nullptr ? i : list[i]; }
  /// Rows from i on that lie side by side.
  LACUNA_INLINE index_t run(index_t i) const {
    if (list == nullptr) return count - i;
    index_t n = 1;
    while (i + n < count && list[i + n] == list[i] + n) ++n;
    return n;
  }
};

/// The door of a choice among `rows` rows.
template <row_choice R>
row_numbers numbers_of(const char* what, const R& choice, index_t rows) {
  if constexpr (std::same_as<R, every_row>) {
    return {nullptr, rows};
  } else {
    const array_view<const index_t> list = choice;
    for (index_t i = 0; i < list.size(); ++i)
      if (list[i] < 0 || list[i] >= rows || (i > 0 && list[i] <= list[i - 1]))
        fail(errc::argument, std::string("gather_gemm: need row numbers of ") + what +
                                 " that ascend in [0, " + count_text(rows) + "); got " + count_text(list[i]) +
                                 " at " + count_text(i));
    return {list.data(), list.size()};
  }
}

/// A stage bound to the whole of Y, as rows of a part see it.
template <class Stage>
struct stage_of_rows {
  Stage whole;
  row_numbers rows;
  index_t first;
  template <class T>
  LACUNA_INLINE T operator()(T v, index_t m, index_t n) const {
    return whole(v, m, rows[first + n]);
  }
};

template <class From, class To>
LACUNA_INLINE void copy_row(const From& from, index_t i, const To& to, index_t j) {
  std::memcpy(&to(j, 0), &from(i, 0), static_cast<std::size_t>(from.cols()) * sizeof(from(i, 0)));
}

/// Rows [i, i + n) of both choices through a tile: in, product, out.
template <class Exec, class A, class T, class Stage>
void gather_part(const Exec& where, const A& a, matrix_view<const T> x, const row_numbers& from,
                 matrix_view<T> y, const row_numbers& to, index_t i, index_t n, T* tile, const Stage& stage) {
  const stage_of_rows<Stage> part{stage, to, i};
  const bool in_x = from.run(i) >= n, in_y = to.run(i) >= n;
  const matrix_view<T> few_x(tile, n, x.cols()), few_y(tile + gather_tile * x.cols(), n, y.cols());
  const auto out = in_y ? y.block(to[i], 0, n, y.cols()) : few_y;
  if (!in_x)
    for (index_t r = 0; r < n; ++r) copy_row(x, from[i + r], few_x, r);
  linear(where, a, in_x ? x.block(from[i], 0, n, x.cols()) : matrix_view<const T>(few_x), out, part);
  if (!in_y)
    for (index_t r = 0; r < n; ++r) copy_row(few_y, r, y, to[i + r]);
}

/// Rows from i on that go in one product: a run of both, or as many as fit a tile before the next one.
LACUNA_NOINLINE inline index_t part_rows(const row_numbers& from, const row_numbers& to, index_t i) {
  const auto run = [&](index_t at) {
    const index_t a = from.run(at), b = to.run(at);
    return a < b ? a : b;
  };
  index_t n = run(i);
  if (n >= gather_run) return n;
  while (n < gather_tile && i + n < from.count) {
    const index_t next = run(i + n);
    if (next >= gather_run) break;
    n += next;
  }
  return n < gather_tile ? n : gather_tile;
}

}  // namespace kernel

/// Rows `from` of X[t,k] times A[m,k]^T to rows `to` of Y[u,m]: row-major, in different memory. Epilogue stages see
/// (feature, row of Y). Fails with errc::shape unless sizes and counts of rows fit, errc::argument unless row numbers ascend
/// inside their matrix.
template <exec_policy Exec, linear_weight A, dense_operand X, row_choice From, dense_operand Y, row_choice To,
          epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void gather_gemm(const Exec& where, const A& a, const X& x, const From& from, Y&& y, const To& to,
                 const Epilogue& finish = {}) {
  const auto xv = as_view(x);
  const auto yv = as_view(y);
  static_assert(xv.by_rows && yv.by_rows, "lacuna: gather_gemm takes rows of row-major matrices");
  using number = std::remove_const_t<typename std::remove_cvref_t<decltype(yv)>::element>;
  const auto in = kernel::numbers_of("X", from, xv.rows()), out = kernel::numbers_of("Y", to, yv.rows());
  kernel::check_shapes(a.cols() == xv.cols() && a.rows() == yv.cols() && in.count == out.count,
                       "gather_gemm: need rows of X[t,k] * A[m,k]^T -> as many rows of Y[u,m]", a, "X",
                       matrix_view<const number>(nullptr, in.count, xv.cols()), "Y",
                       matrix_view<const number>(nullptr, out.count, yv.cols()));
  if (in.count > 0 && static_cast<const void*>(xv.data()) == yv.data()) kernel::fail_same_memory();
  const auto turned = epilogue::flipped(finish);
  epilogue::check(turned, yv.cols(), yv.rows());
  const auto stage = epilogue::bind(turned, transposed(yv));
  workspace own;
  workspace& memory = where.scratch ? *where.scratch : own;
  constexpr index_t floats = sizeof(number) / sizeof(float);
  auto* const tile =
      reinterpret_cast<number*>(memory.outer_floats(kernel::gather_tile * (xv.cols() + yv.cols()) * floats));
  Exec on = where;
  on.scratch = &memory;
  for (index_t i = 0; i < in.count;) {
    const index_t n = kernel::part_rows(in, out, i);
    kernel::gather_part<Exec, A, number>(on, a, xv, in, yv, out, i, n, tile, stage);
    i += n;
  }
}
template <exec_policy Exec, linear_weight A, dense_operand X, row_choice Rows, dense_operand Y,
          epilogue_stage Epilogue = epilogue::none>
requires has_kernel<A, X, Y>
void gather_gemm(const Exec& where, const A& a, const X& x, const Rows& rows, Y&& y,
                 const Epilogue& finish = {}) {
  gather_gemm(where, a, x, rows, y, rows, finish);
}
template <linear_weight A, dense_operand X, row_choice Rows, dense_operand Y, class... Rest>
requires has_kernel<A, X, Y>
void gather_gemm(const A& a, const X& x, const Rows& rows, Y&& y, const Rest&... rest) {
  gather_gemm(exec{}, a, x, rows, y, rest...);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
