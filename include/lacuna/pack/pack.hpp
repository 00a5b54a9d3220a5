#pragma once
// SPDX-License-Identifier: BSL-1.0
// pack: the execution form of a matrix, made once, used by every product.
//
//   auto p = pack(a);          sparse_matrix<panel<bitmap, 2>, bf16> for a bf16 bitmap; spmv, spmm, linear take it
//
// dense, bitmap and nm become 16-row panels. csr and bsr run as they are laid out, with the narrowest index type:
// rows and blocks of theirs already fill registers.
#include <lacuna/format/bsr.hpp>
#include <lacuna/format/convert.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/pack/panel.hpp>
#include <lacuna/pack/panel_bitmap.hpp>
#include <lacuna/pack/panel_nm.hpp>

namespace lacuna {

/// How many columns share a lane of 4 bytes: bf16 become floats by a shift or a mask there, and meet in pairs in a
/// bf16 dot product. f16 convert from 16 neighbours.
template <codec C>
inline constexpr int interleave = std::is_same_v<C, bf16> ? 2 : 1;

namespace detail {
template <class P, int I>
struct packed_pattern {
  using type = P;
};
template <int I>
struct packed_pattern<dense, I> {
  using type = panel<dense, I>;
};
template <int I>
struct packed_pattern<bitmap, I> {
  using type = panel<bitmap, I>;
};
template <int N, int M, int I>
struct packed_pattern<nm<N, M>, I> {
  using type = panel<nm<N, M>, I>;
};
}  // namespace detail

/// The pattern that runs fastest for P x C; P itself when there is no better one.
template <pattern P, codec C>
using packed_pattern = typename detail::packed_pattern<P, interleave<C>>::type;
template <pattern P, codec C>
using packed_matrix = sparse_matrix<packed_pattern<P, C>, C>;

inline namespace LACUNA_ARCH {

/// packed_matrix<P, C> with a's values. A copy: `a` may be dropped.
template <sparse_operand A>
auto pack(const A& a) {
  return convert<packed_pattern<pattern_of<A>, codec_type_of<A>>>(a);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
