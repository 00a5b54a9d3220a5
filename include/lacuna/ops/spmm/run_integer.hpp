#pragma once
// SPDX-License-Identifier: BSL-1.0
// The integer product behind linear: the loop that the pattern and its codes have, with its scratch memory and its pieces.
//
//   panels              stream, for many tokens, too: decoding a chunk first, as expand does for floats, was 1.0 to 1.4 times
//                       slower with 16 to 128 tokens, but for 4-bit bitmaps (.87)
//   blocks of 16 codes  blocks, in place
//   all else            reference
#include <lacuna/ops/codes/blocks.hpp>
#include <lacuna/ops/spmm/integer.hpp>
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
    run_pieces(threads, a, pieces(grain), grain, rows);
  }
};

template <class Walk, class Job>
void run_codes(const Job& j) {
  using A = typename Job::A;
  using C = typename std::remove_cvref_t<decltype(j.a)>::codec_type;
  const index_t n = j.y.cols(), x_floats = integer_block<Walk, A>(j.a.cols()).floats(n);
  float* const x = j.scratch.floats(x_floats + (j.a.cols() + 3) / 4);
  integer_pack<Walk, C, A>(j.q, 0, stream_blocks<A>(n), x, reinterpret_cast<std::int32_t*>(x + x_floats));
  j.run(panel_rows,
        [&](row_range r, index_t) { product_integer<Walk, A>(j.a, r, x, j.token_scale(), j.y, j.finish); });
}

template <class Job>
void run_block_codes(const Job& j) {
  // Zeros to the end of a block that lies over the edge.
  const index_t cols = j.a.cols(), stride = (cols + 63) / 64 * 64;
  auto* const x = reinterpret_cast<std::int8_t*>(j.scratch.floats(stride * j.y.cols() / 4));
  for (index_t t = 0; t < j.y.cols(); ++t) {
    if (cols > 0) std::memcpy(x + t * stride, j.q.values().data() + t * cols, static_cast<std::size_t>(cols));
    std::memset(x + t * stride + cols, 0, static_cast<std::size_t>(stride - cols));
  }
  j.run(1, [&](row_range r, index_t) {
    product_block_codes<typename Job::A>(j.a, r, x, stride, j.token_scale(), j.y, j.finish);
  });
}

/// y(m, t) = finish(sum over the stored codes of row m, m, t) for tokens q: Y seen by features.
template <class Threads, class Simd, pattern P, scaled_codec C, class Scale, class U, class YLayout,
          epilogue_stage Epilogue>
void run_integer(const exec<Threads, Simd>& where, const sparse_view<P, C>& a, const token_codes<Scale>& q,
                 matrix_view<U, YLayout> y, const Epilogue& finish) {
  using A = simd::arch_of_t<Simd>;
  epilogue::check(finish, y.rows(), y.cols());
  const auto last = epilogue::bind(finish, y);
  workspace own;
  const integer_job<A, Threads, sparse_view<P, C>, token_codes<Scale>, matrix_view<U, YLayout>,
                    decltype(last)>
      j{where.threads, where.scratch ? *where.scratch : own, a, q, y, last};
  const bool any = where.how == regime::automatic;
  if constexpr (walks_codes<P, C, A>)
    if (any || where.how == regime::stream) return run_codes<code_walk<P, C, A>>(j);
  if constexpr (walks_blocks<P, C> && !std::is_same_v<A, simd::plain>)
    if (any || where.how == regime::blocks) return run_block_codes(j);
  if (!any && where.how != regime::reference) fail_regime(P::name(), where.how);
  j.run(row_grain<P>,
        [&](row_range r, index_t) { product_integer_plain(a, r, q, j.token_scale(), y, last); });
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
