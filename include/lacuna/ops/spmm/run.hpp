#pragma once
// SPDX-License-Identifier: BSL-1.0
// One product behind spmv, spmm and linear: checks at the door, then the regime (regime.hpp) that fits, with its
// scratch memory and its pieces.
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/partition.hpp>
#include <lacuna/ops/epilogue.hpp>
#include <lacuna/ops/regime.hpp>
#include <lacuna/ops/spmm/axpy.hpp>
#include <lacuna/ops/spmm/blocks.hpp>
#include <lacuna/ops/spmm/dot.hpp>
#include <lacuna/ops/spmm/expand.hpp>
#include <lacuna/ops/spmm/gated.hpp>
#include <lacuna/ops/spmm/reference.hpp>
#include <lacuna/ops/spmm/skip.hpp>
#include <lacuna/ops/spmm/stream.hpp>
#include <lacuna/ops/spmm/tokens.hpp>

namespace lacuna {

template <class X>
using number_of = std::remove_reference_t<decltype(*std::declval<X&>().data())>;
/// Codes of tokens, for weights that are codes; rows of floats, for a layer. No concept: a message about any other X then
/// has a line for it, not ten.
template <class X, class A>
consteval bool holds_tokens() {
  if constexpr (linear_layer<A>)
    return token_rows<X> || token_operand<X>;
  else if constexpr (token_operand<X> && sparse_operand<A>)
    return scaled_codec<codec_type_of<A>>;
  else
    return false;
}
/// The numbers of X are the codec's value_type: float, or double for the double codec. Linear takes more.
template <class X, class A>
concept holds_value_type_of = std::same_as < std::remove_const_t<number_of<X>>,
typename view_of<A>::value_type > || holds_tokens<X, A>();
/// The same for an output, which must not be const.
template <class Y, class A>
concept takes_value_type_of = std::same_as < number_of<Y>,
typename view_of<A>::value_type > || (linear_layer<A> && std::same_as<number_of<Y>, float> && token_rows<Y>);
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

/// What a regime runs with: where, on what, and where the sums go.
template <class A, class Threads, class View, class X, class Y, class Epilogue>
struct job {
  const Threads& threads;
  workspace& scratch;
  const View& a;
  const X& x;
  const Y& y;
  const Epilogue& finish;

  /// rows(a, range, piece, epilogue) for every piece and each product.
  template <class Rows>
  LACUNA_INLINE void run(index_t grain, const Rows& rows) const {
    run_pieces(threads, a, pieces(grain), grain, [&](row_range r, index_t piece) {
      for_each_product(a, finish, [&](const auto& w, const auto& last) { rows(w, r, piece, last); });
    });
  }
  LACUNA_INLINE index_t pieces(index_t grain) const { return pieces_of(threads, a, x.cols(), grain); }
  /// pack(first, last) for parts of `count` pieces of X, by as many threads as the product has.
  template <class Pack>
  LACUNA_INLINE void split(index_t count, const Pack& pack) const {
    const index_t n = pieces(1) == 1 ? 1 : threads.width();
    if (n == 1) return pack(index_t{0}, count);
    threads.run(n, [&](index_t p) { pack(count * p / n, count * (p + 1) / n); });
  }
  LACUNA_INLINE void pack_x(const skip_shape<A>& s, float* to) const {
    split(skip_pack_pieces(s), [&](index_t first, index_t last) { skip_pack(s, x, first, last, to); });
  }
  template <class Walk>
  LACUNA_INLINE void pack_x_for(float* to) const {
    split(stream_blocks<A>(x.cols()),
          [&](index_t first, index_t last) { stream_pack_x<Walk, A>(x, first, last, to); });
  }
};

/// Floats rounded up to lines of 64 bytes, so that what follows is aligned.
LACUNA_INLINE index_t whole_lines(index_t floats) { return (floats + 15) / 16 * 16; }

/// Rows that a piece must not cut apart, where no loop asks for more.
template <class P>
inline constexpr index_t row_grain = is_panel<P> ? panel_rows : 1;

/// X by columns is read in place; by rows it is packed first: k-contiguous dots of 8 tokens took 5.2 ms where rows of X
/// took 24 (bitmap, 50 %), with 12 tokens 12 and 24.
template <class A, class Job>
void run_dot(const Job& j) {
  using view = std::remove_cvref_t<decltype(j.a)>;
  using walk = lanes_of<typename view::pattern_type, typename view::codec_type, A>;
  const float* x = j.x.data();
  index_t stride = j.x.stride();
  if constexpr (is_row_major<typename std::remove_cvref_t<decltype(j.x)>::layout>) {
    stride = whole_lines(j.x.rows());
    float* const tokens = j.scratch.floats(stride * j.x.cols());
    for (index_t t = 0; t < j.x.cols(); ++t)
      for (index_t k = 0; k < j.x.rows(); ++k) tokens[t * stride + k] = j.x(k, t);
    x = tokens;
  }
  j.run(walk::rows, [&](const auto& a, row_range r, index_t, const auto& finish) {
    product_dot<walk>(a, r, x, stride, j.y, finish);
  });
}

/// X by rows of whole registers is read in place; any other is packed first: csr, half full, took 10.0 ms for 8 columns of
/// X by rows and 6.6 for 8 tokens.
template <class A, class Job>
void run_axpy(const Job& j) {
  const index_t n = j.x.cols();
  constexpr bool by_rows = is_row_major<typename std::remove_cvref_t<decltype(j.x)>::layout>;
  if constexpr (by_rows)
    if (n % A::lanes == 0)
      return j.run(1, [&](const auto& a, row_range r, index_t, const auto& finish) {
        product_axpy<A>(a, r, {j.x.data(), j.x.stride(), 0, n}, j.y, finish);
      });
  int vectors = 1;
  while (vectors < 8 && vectors * A::lanes < n) vectors *= 2;
  const skip_shape<A> s(j.a.cols(), n, vectors);
  float* const xp = j.scratch.floats(s.x_floats());
  j.pack_x(s, xp);
  j.run(1, [&](const auto& a, row_range r, index_t, const auto& finish) {
    for (index_t n0 = 0; n0 < n; n0 += s.width()) {
      const index_t n1 = n0 + s.width() < n ? n0 + s.width() : n;
      product_axpy<A>(a, r, {xp + n0 * s.k, s.width(), n0, n1}, j.y, finish);
    }
  });
}

template <class A, class Job>
void run_blocks(const Job& j) {
  using P = typename std::remove_cvref_t<decltype(j.a)>::pattern_type;
  const auto s = shape_of_blocks<P, A>(j.a.cols(), j.x.cols());
  float* const xp = j.scratch.floats(s.x_floats());
  j.pack_x(s, xp);
  j.run(P::R, [&](const auto& a, row_range r, index_t, const auto& finish) {
    product_blocks<A>(s, a, r, xp, j.y, finish);
  });
}

template <class A, class Job>
void run_skip(const Job& j) {
  using view = std::remove_cvref_t<decltype(j.a)>;
  using P = typename view::pattern_type;
  const auto s = shape_to_skip<A>(j.a.rows(), j.a.cols(), j.a.nnz(), j.x.cols());
  const index_t each = skip_scratch_floats<A, P, typename view::codec_type>(s);
  const index_t x_floats = whole_lines(s.x_floats());
  float* const xp = j.scratch.floats(x_floats + j.pieces(row_grain<P>) * each);
  j.pack_x(s, xp);
  j.run(row_grain<P>, [&](const auto& a, row_range r, index_t piece, const auto& finish) {
    product_skip<A>(s, a, r, xp, j.y, finish, xp + x_floats + piece * each);
  });
}

template <class A, class Job>
void run_stream(const Job& j) {
  using view = std::remove_cvref_t<decltype(j.a)>;
  using walk = panel_walk<typename view::pattern_type, typename view::codec_type, A>;
  float* const xp = j.scratch.floats(stream_x_floats<walk, A>(j.a.cols(), j.x.cols()));
  j.template pack_x_for<walk>(xp);
  j.run(panel_rows, [&](const auto& a, row_range r, index_t, const auto& finish) {
    product_stream<A>(a, r, xp, j.y, finish);
  });
}

template <class A, class Job>
void run_expand(const Job& j) {
  using view = std::remove_cvref_t<decltype(j.a)>;
  using walk = panel_walk<typename view::pattern_type, typename view::codec_type, A>;
  const index_t x_floats = whole_lines(stream_x_floats<walk, A>(j.a.cols(), j.x.cols()));
  const index_t each = expand_scratch_floats<A>(j.x.cols());
  float* const xp = j.scratch.floats(x_floats + j.pieces(panel_rows) * each);
  j.template pack_x_for<walk>(xp);
  j.run(panel_rows, [&](const auto& a, row_range r, index_t piece, const auto& finish) {
    product_expand<A>(a, r, xp, j.y, finish, xp + x_floats + piece * each);
  });
}

[[noreturn]] LACUNA_NOINLINE inline void fail_regime(const std::string& name, regime how) {
  fail(errc::argument,
       "product: need a regime that " + name + " has for X of this layout; got " + regime_name(how));
}

/// The regime that was chosen or asked for.
template <class A, class Job>
void run_regime(regime how, const Job& j) {
  using view = std::remove_cvref_t<decltype(j.a)>;
  using P = typename view::pattern_type;
  constexpr bool by_tokens = !is_row_major<typename std::remove_cvref_t<decltype(j.x)>::layout>;
  if (how == regime::automatic) how = choose_regime<P, A>(j.x.cols(), j.a.cols(), kept_of(j.a), by_tokens);
  if constexpr (has_regime<P>(regime::dot, by_tokens))
    if (how == regime::dot) return run_dot<A>(j);
  if constexpr (has_regime<P>(regime::axpy, by_tokens))
    if (how == regime::axpy) return run_axpy<A>(j);
  if constexpr (has_regime<P>(regime::stream, by_tokens))
    if (how == regime::stream) return run_stream<A>(j);
  if constexpr (has_regime<P>(regime::expand, by_tokens))
    if (how == regime::expand) return run_expand<A>(j);
  if constexpr (has_regime<P>(regime::skip, by_tokens))
    if (how == regime::skip) return run_skip<A>(j);
  if constexpr (has_regime<P>(regime::blocks, by_tokens))
    if (how == regime::blocks) return run_blocks<A>(j);
  fail_regime(P::name(), how);
}

/// View: sparse_view, or gated_view.
template <class Threads, class Simd, class View, class T, class XLayout, class U, class YLayout,
          epilogue_stage Epilogue>
void run_product(const exec<Threads, Simd>& where, const View& a, matrix_view<T, XLayout> x,
                 matrix_view<U, YLayout> y, const Epilogue& finish) {
  using value = value_t<typename View::codec_type>;
  if constexpr (is_row_major<XLayout> && is_row_major<YLayout>)
    if (x.cols() == 1 && x.stride() == 1 && y.stride() == 1)  // vectors, whatever they are called
      return run_product(where, a, matrix_view<T, col_major>(x.data(), x.rows(), 1),
                         matrix_view<U, col_major>(y.data(), y.rows(), 1), finish);
  if (a.nnz() > 0 && y.cols() > 0 && x.data() == y.data()) fail_same_memory();
  epilogue::check(finish, y.rows(), y.cols());
  const auto last = epilogue::bind(finish, y);
  using A = simd::arch_of_t<Simd>;
  constexpr bool vectors = !std::is_same_v<A, simd::plain> && std::is_same_v<value, float>;
  workspace own;
  const job<A, Threads, View, matrix_view<T, XLayout>, matrix_view<U, YLayout>, decltype(last)> j{
      where.threads, where.scratch ? *where.scratch : own, a, x, y, last};
  if constexpr (vectors)
    if (where.how != regime::reference) return run_regime<A>(where.how, j);
  j.run(1,
        [&](const auto& w, row_range r, index_t, const auto& done) { product_reference(w, r, x, y, done); });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
