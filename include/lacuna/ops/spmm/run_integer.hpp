#pragma once
// SPDX-License-Identifier: BSL-1.0
// The integer product behind linear: the loop that the pattern and its codes have, with its scratch memory and its pieces.
//
//   panels              tiles from 9 tokens on, where there are any (AMX): 4096^2 x 32 dense int8 3.3 -> 1.6 ms, x 128
//                       10.6 -> 3.5; else stream, for many tokens, too: decoding a chunk first, as expand does for floats,
//                       was 1.0 to 1.4 times slower with 16 to 128 tokens, but for 4-bit bitmaps (.87). `expand` names tiles.
//   blocks of 16 codes  blocks, in place, in flat pieces
//   all else            reference
#include <lacuna/exec/flat.hpp>
#include <lacuna/ops/codes/block_tiles.hpp>
#include <lacuna/ops/spmm/integer.hpp>
#include <lacuna/ops/spmm/integer_tiles.hpp>
#include <lacuna/ops/spmm/run.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// What an integer product runs with, as job in run.hpp.
template <class A_, class Threads, class View, class Tokens, class Y, class Epilogue>
struct integer_job {
  using A = A_;
  const Threads& threads;
  workspace& scratch;
  const View& a;
  const Tokens& q;
  const Y& y;
  const Epilogue& finish;

  LACUNA_INLINE auto token_scale() const {
    return [&q = q](index_t t) LACUNA_LAMBDA { return static_cast<float>(q.scales()[t]); };
  }
  LACUNA_INLINE index_t pieces(index_t grain) const { return pieces_of(threads, a, y.cols(), grain); }
  template <class Rows>
  LACUNA_INLINE void run(index_t grain, const Rows& rows) const {
    run_pieces(threads, a, pieces(grain), grain, [&](row_range r, index_t) {
      for_each_product(a, finish, [&](const auto& w, const auto& last) { rows(w, r, last); });
    });
  }
};

template <class Walk, class Job>
void run_codes(const Job& j) {
  using A = typename Job::A;
  using C = typename std::remove_cvref_t<decltype(j.a)>::codec_type;
  const index_t n = j.y.cols(), x_floats = integer_block<Walk, A>(j.a.cols()).floats(n);
  float* const x = j.scratch.floats(x_floats + (j.a.cols() + 3) / 4);
  integer_pack<Walk, C, A>(j.q, 0, stream_blocks<A>(n), x, reinterpret_cast<std::int32_t*>(x + x_floats));
  j.run(panel_rows, [&](const auto& a, row_range r, const auto& finish) {
    product_integer<Walk, A>(a, r, x, j.token_scale(), j.y, finish);
  });
}

/// Tokens from which tiles, which multiply every column, are faster than the stream.
template <class P>
inline constexpr index_t least_tile_tokens = 9;
template <int N, int M, int I>
inline constexpr index_t least_tile_tokens<panel<nm<N, M>, I>> = M / N <= 4 ? 9 : M / N* M / N / 2 + 1;

template <class Tiles, class Job>
void run_tiles(const Job& j) {
  using A = typename Job::A;
  using C = typename std::remove_cvref_t<decltype(j.a)>::codec_type;
  const index_t n = j.y.cols(), pieces = j.pieces(2 * panel_rows);
  const tile_tokens<C> shape(j.a.cols(), n);
  float* const x = j.scratch.floats(shape.floats() + pieces * tiles_room::floats);
  auto* const codes = reinterpret_cast<std::int8_t*>(x);
  pack_tile_tokens<C, Tiles::turned>(j.q, 0, shape.tiles, codes);
  run_pieces(j.threads, j.a, pieces, 2 * panel_rows, [&](row_range r, index_t piece) {
    const tiles_room room(x + shape.floats() + piece * tiles_room::floats);
    for_each_product(j.a, j.finish, [&](const auto& a, const auto& finish) {
      product_tiles<Tiles, A>(a, r, codes, room, j.token_scale(), j.y, finish);
    });
  });
}

/// Blocks of a flat piece at least: what a thread does in 5 us with one token.
inline constexpr index_t least_flat_blocks = 1024;
inline constexpr index_t most_flat_pieces = 64;

template <class Job>
void run_block_codes(const Job& j) {
  using A = typename Job::A;
  using C = typename std::remove_cvref_t<decltype(j.a)>::codec_type;
  const index_t n = j.y.cols();
  if (n == 0 || j.a.rows() == 0) return;
  const block_tokens<A> shape(j.a.cols(), n);
  const index_t each = whole_lines(block_band * shape.lanes);
  const auto cut_of = [](const auto& a) {
    return flat_cut(a.where().at.row_ptr.data(), a.rows(), least_flat_blocks, most_flat_pieces);
  };
  index_t room = 0;
  for_each_product(j.a, j.finish, [&](const auto& a, const auto&) {
    const index_t floats = cut_of(a).pieces() * each + flat_floats(cut_of(a), n);
    room = floats > room ? floats : room;
  });
  float* const x = j.scratch.floats(shape.floats() + room);
  auto* const codes = reinterpret_cast<std::int8_t*>(x);
  pack_block_tokens<C, A>(j.q, codes);
  const auto scale = j.token_scale();
  for_each_product(j.a, j.finish, [&](const auto& a, const auto& finish) {
    const auto cut = cut_of(a);
    float *const sums = x + shape.floats(), *const partial = sums + cut.pieces() * each;
    run_flat(
        j.threads, cut, n, j.pieces(1) == 1, partial,
        [&](const auto& piece, index_t p, const auto& done) {
          product_block_codes<A>(a, piece, codes, n, sums + p * each, done);
        },
        [&](index_t m, index_t rows, float* from, index_t stride) {
          for (index_t i = 0; i < rows; ++i)
            for (index_t t = 0; t < n; ++t) from[i * stride + t] *= scale(t);
          put_sums<A>(from, stride, rows, n, m, 0, j.y, finish);
        });
  });
}

/// y(m, t) = finish(sum over the stored codes of row m, m, t) for tokens q: Y seen by features. View as in run_product.
template <class Threads, class Simd, class View, class Scale, class U, class YLayout, epilogue_stage Epilogue>
void run_integer(const exec<Threads, Simd>& where, const View& a, const token_codes<Scale>& q,
                 matrix_view<U, YLayout> y, const Epilogue& finish) {
  using A = simd::arch_of_t<Simd>;
  using P = typename View::pattern_type;
  using C = typename View::codec_type;
  epilogue::check(finish, y.rows(), y.cols());
  const auto last = epilogue::bind(finish, y);
  workspace own;
  const integer_job<A, Threads, View, token_codes<Scale>, matrix_view<U, YLayout>, decltype(last)> j{
      where.threads, where.scratch ? *where.scratch : own, a, q, y, last};
  const bool any = where.how == regime::automatic;
  if constexpr (simd::has_tiles<A> && has_code_tiles<P, C, A>)
    if ((any && y.cols() >= least_tile_tokens<P>) || where.how == regime::expand)
      if (simd::tiles_allowed<A>()) return run_tiles<code_tiles<P, C, A>>(j);
  if constexpr (walks_codes<P, C, A>)
    if (any || where.how == regime::stream) return run_codes<code_walk<P, C, A>>(j);
  if constexpr (walks_blocks<P, C> && !std::is_same_v<A, simd::plain>)
    if (any || where.how == regime::blocks) return run_block_codes(j);
  if (!any && where.how != regime::reference) fail_regime(P::name(), where.how);
  j.run(row_grain<P>, [&](const auto& w, row_range r, const auto& done) {
    product_integer_plain(w, r, q, j.token_scale(), y, done);
  });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
