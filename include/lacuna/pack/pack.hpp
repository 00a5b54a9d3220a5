#pragma once
// SPDX-License-Identifier: BSL-1.0
// pack: the execution form of a matrix, made once, used by every product.
//
//   auto p = pack(a);          sparse_matrix<panel<bitmap, 2>, bf16> for a bf16 bitmap; spmv, spmm, linear take it
//   auto p = pack(exec{openmp{2}}, a, [](double share) { ... });      by two threads, telling how far it is
//
// dense, bitmap and nm become 16-row panels. csr and bsr stay as they are: their rows and blocks fill registers
// already. nm stays, too, where its groups and those of the codec do not fit together.
#include <atomic>
#include <lacuna/exec/exec.hpp>
#include <lacuna/format/convert.hpp>
#include <lacuna/pack/panel.hpp>
#include <lacuna/pack/panel_bitmap.hpp>
#include <lacuna/pack/panel_nm.hpp>

namespace lacuna {

namespace detail {
template <class P>
inline constexpr bool has_mask = std::is_same_v<P, bitmap>;
}  // namespace detail

/// How many columns share a lane of 4 bytes: bf16 become floats by a shift or a mask there, and meet in pairs in a bf16
/// dot product, bytes and half bytes in fours. Half bytes become bytes before a mask spreads them. f16 and f8 convert
/// from neighbours.
template <class P, codec C>
inline constexpr int interleave = std::is_same_v<C, bf16> ? 2 : 1;
template <class P, scaled_codec C>
inline constexpr int interleave<P, C> = codec_of<C>::bits == 4 && !detail::has_mask<P> ? 8 : 4;

namespace detail {
template <class P, class C>
struct packed_pattern {
  using type = P;
};
template <class C>
struct packed_pattern<dense, C> {
  using type = panel<dense, interleave<dense, C>>;
};
template <class C>
struct packed_pattern<bitmap, C> {
  using type = panel<bitmap, interleave<bitmap, C>>;
};
/// Groups of columns and groups of slots have their bounds together, and a word holds the offsets of a whole step.
template <int N, int M, class C>
inline constexpr bool packs_groups = true;
template <int N, int M, scaled_codec C>
inline constexpr bool packs_groups<N, M, C> = (codec_of<C>::group == per_row ||
                                               codec_of<C>::group % M == 0) &&
                                              32 / nm<N, M>::index_bits % interleave<nm<N, M>, C> == 0;
template <int N, int M, class C>
requires packs_groups<N, M, C>
struct packed_pattern<nm<N, M>, C> {
  using type = panel<nm<N, M>, interleave<nm<N, M>, C>>;
};
}  // namespace detail

/// The pattern that runs fastest for P x C; P itself when there is no better one.
template <pattern P, codec C>
using packed_pattern = typename detail::packed_pattern<P, C>::type;
template <pattern P, codec C>
using packed_matrix = sparse_matrix<packed_pattern<P, C>, C>;

inline namespace LACUNA_ARCH {

/// packed_matrix<P, C> with a's values. A copy: `a` may be dropped. progress(share done), 0 < share <= 1, is called
/// as pieces of rows end, by the thread that ended one.
template <parallel Threads, simd_choice Simd, sparse_operand A, std::invocable<double> Progress>
auto pack(const exec<Threads, Simd>& where, const A& a, Progress&& progress) {
  using C = codec_type_of<A>;
  using P = packed_pattern<pattern_of<A>, C>;
  const view_of<A> v = a;
  const auto entries = entries_of(v);
  auto p = assemble_zero<P, C>(v.rows(), v.cols(), entries);
  // Pieces of whole panels: large enough that a piece's own row buffer costs nothing.
  const index_t rows = 32 * panel_rows, pieces = (v.rows() + rows - 1) / rows;
  std::atomic<index_t> done{0};
  where.threads.run(pieces, [&](index_t piece) {
    const index_t first = piece * rows, last = first + rows < v.rows() ? first + rows : v.rows();
    fill_rows(p, entries, first, last);
    progress(static_cast<double>(++done) / static_cast<double>(pieces));
  });
  return p;
}
template <parallel Threads, simd_choice Simd, sparse_operand A>
auto pack(const exec<Threads, Simd>& where, const A& a) {
  return pack(where, a, [](double) {});
}
template <sparse_operand A>
auto pack(const A& a) {
  return pack(exec{}, a);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
