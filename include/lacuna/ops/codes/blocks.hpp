#pragma once
// SPDX-License-Identifier: BSL-1.0
// Rows of blocks of 16 codes with a cell each, in place: bsr<1,16> x int4<16> is the layout of GQSA (arXiv 2412.17560).
//
//   a register     L / 4 blocks, four products a lane       codes 16..31 | 0..15    of columns 16 c1 .. | 16 c0 ..
//   X              the token's codes at the same columns    read from where they are: 16 bytes a block
//
// Several tokens: block_tiles.hpp.
//
//   lane:  s (sum u x - z sum x)     the sums of a lane are exact, then lanes and blocks are added as floats
#include <lacuna/codec/int8.hpp>
#include <lacuna/format/bsr.hpp>
#include <lacuna/ops/panels/values.hpp>
#include <lacuna/simd/dot.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Blocks that are what a register is made of.
template <class P, class C>
inline constexpr bool walks_blocks = false;
template <class Index, class Offset, scaled_codec C>
inline constexpr bool walks_blocks<bsr<1, 16, Index, Offset>, C> = codec_of<C>::group == 16 &&
                                                                   sizeof(cell_t<C>) <= 4 &&
                                                                   !std::is_same_v<cell_t<C>, float>;

/// Codes as unsigned bytes, scales and zero points of L / 4 blocks.
template <class C, class A>
struct code_blocks {
  using of = codec_of<C>;
  using scale_type = decltype([] {
    if constexpr (of::has_zero)
      return decltype(cell_t<C>::scale){};
    else
      return cell_t<C>{};
  }());
  simd::i32<A> u;
  simd::f32<A> scale, zero;

  LACUNA_INLINE code_blocks(const element_t<C>* codes, const cell_t<C>* cells) {
    const auto sign = simd::set_i32<A>(sign_bits<C>);
    if constexpr (of::bits == 8)
      u = simd::load_raw<A>(codes) ^ sign;
    else
      u = simd::even_nibbles<A>(codes) ^ sign;
    const auto raw =
        simd::spread_quads<std::conditional_t<of::has_zero, std::uint32_t, std::uint16_t>, A>(cells);
    scale = number(raw);
    zero = of::has_zero ? number(simd::shr<16>(raw)) : simd::set<A>(static_cast<float>(-of::least));
  }
  /// + s (sum u x - z sum x), lane by lane.
  LACUNA_INLINE simd::f32<A> add(simd::f32<A> sum, simd::i32<A> x) const {
    const auto products = simd::to_float(simd::dot_u8i8(simd::zero_i32<A>(), u, x));
    const auto plain = simd::to_float(simd::dot_u8i8(simd::zero_i32<A>(), simd::set_i32<A>(0x01010101), x));
    return simd::fma(products - zero * plain, scale, sum);
  }

 private:
  LACUNA_INLINE static simd::f32<A> number(simd::i32<A> raw) {
    if constexpr (std::is_same_v<scale_type, bf16>)
      return simd::bf16_even(raw);
    else
      return simd::f16_low(raw);
  }
};

/// n < L / 4 blocks from e on, and blocks of zeros after them.
template <class View, class A>
struct last_blocks {
  using C = typename View::codec_type;
  static constexpr index_t B = A::lanes / 4, elements = codec_of<C>::elements(16);
  element_t<C> codes[B * elements] = {};
  cell_t<C> cells[B] = {};
  std::remove_cvref_t<decltype(std::declval<const View&>().where().at.col_idx[0])> columns[B] = {};

  LACUNA_INLINE last_blocks(const View& a, index_t e, index_t n) {
    for (index_t b = 0; b < n; ++b) {
      std::memcpy(codes + b * elements, a.values().data() + (e + b) * elements,
                  sizeof(element_t<C>) * elements);
      cells[b] = a.scales()[e + b];
      columns[b] = a.where().at.col_idx[e + b];
    }
  }
};

/// The sum of blocks [e, last) of a for the token at x, which is readable to a whole block's end.
template <class A, class View>
LACUNA_NOINLINE float block_codes_row(const View& a, index_t e, index_t last, const std::int8_t* x) {
  using C = typename View::codec_type;
  constexpr index_t B = A::lanes / 4, block_elements = codec_of<C>::elements(16);
  const auto& w = a.where().at;
  const element_t<C>* const values = a.values().data();
  auto sum = simd::zero<A>();
  for (; e + B <= last; e += B) {
    simd::prefetch_ahead(values + e * block_elements, 4096);
    const code_blocks<C, A> blocks(values + e * block_elements, a.scales().data() + e);
    sum = blocks.add(sum, simd::load_quads<A>(x, w.col_idx.data() + e));
  }
  if (e < last) {  // in registers of its own, with scales of 0: nothing is read past the arrays' ends
    const last_blocks<View, A> some(a, e, last - e);
    sum = code_blocks<C, A>(some.codes, some.cells).add(sum, simd::load_quads<A>(x, some.columns));
  }
  return simd::sum(sum);
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
