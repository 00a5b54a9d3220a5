#pragma once
// SPDX-License-Identifier: BSL-1.0
// Rows of blocks of 16 codes with a cell each, in place: bsr<1,16> x int4<16> is the layout of GQSA (arXiv 2412.17560).
//
//   a register     L / 4 blocks, four products a lane       codes 16..31 | 0..15    of columns 16 c1 .. | 16 c0 ..
//   X              the token's codes at the same columns    read from where they are: 16 bytes a block
//
//   lane:  s (sum u x - z sum x)     the sums of a lane are exact, then lanes and blocks are added as floats
#include <lacuna/codec/int8.hpp>
#include <lacuna/exec/partition.hpp>
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

/// out[t] = the sums of row m for the T tokens at x, `stride` bytes apart, readable to a whole block's end.
template <class A, int T, class View>
LACUNA_NOINLINE void block_codes_row(const View& a, index_t m, const std::int8_t* x, index_t stride,
                                     float* out) {
  using C = typename View::codec_type;
  constexpr index_t B = A::lanes / 4, block_elements = codec_of<C>::elements(16);
  const auto& w = a.where().at;
  const auto last = static_cast<index_t>(w.row_ptr[m + 1]);
  const element_t<C>* const values = a.values().data();
  simd::f32<A> sum[T];
  simd::unroll<T>([&](auto t) LACUNA_LAMBDA { sum[t] = simd::zero<A>(); });
  const auto some = [&](const element_t<C>* codes, const cell_t<C>* cells, const auto* columns)
                        LACUNA_LAMBDA {
                          const code_blocks<C, A> blocks(codes, cells);
                          simd::unroll<T>([&](auto t) LACUNA_LAMBDA {
                            sum[t] = blocks.add(sum[t], simd::load_quads<A>(x + t * stride, columns));
                          });
                        };
  auto e = static_cast<index_t>(w.row_ptr[m]);
  for (; e + B <= last; e += B) {
    simd::prefetch_ahead(values + e * block_elements, 4096);
    some(values + e * block_elements, a.scales().data() + e, w.col_idx.data() + e);
  }
  if (e < last) {  // in registers of its own, with scales of 0: nothing is read past the arrays' ends
    element_t<C> codes[B * block_elements] = {};
    cell_t<C> cells[B] = {};
    std::remove_cvref_t<decltype(w.col_idx[0])> columns[B] = {};
    for (index_t b = 0; b < last - e; ++b) {
      std::memcpy(codes + b * block_elements, values + (e + b) * block_elements,
                  sizeof(element_t<C>) * block_elements);
      cells[b] = a.scales()[e + b];
      columns[b] = w.col_idx[e + b];
    }
    some(codes, cells, columns);
  }
  simd::unroll<T>([&](auto t) LACUNA_LAMBDA { out[t] = simd::sum(sum[t]); });
}

/// y(m, t) = finish(scale(t) * sums, m, t) for the rows of r; tokens at x, `stride` bytes apart, a multiple of 16.
template <class A, class View, class Scales, class Y, class Epilogue>
void product_block_codes(const View& a, row_range r, const std::int8_t* x, index_t stride,
                         const Scales& scale, const Y& y, const Epilogue& finish) {
  float out[4];
  const auto rows = [&](auto tokens, index_t t0) LACUNA_LAMBDA {
    for (index_t m = r.first; m < r.last; ++m) {
      block_codes_row<A, tokens>(a, m, x + t0 * stride, stride, out);
      for (int t = 0; t < tokens; ++t) y(m, t0 + t) = finish(out[t] * scale(t0 + t), m, t0 + t);
    }
  };
  index_t t = 0;
  for (; t + 4 <= y.cols(); t += 4) rows(constant<4>{}, t);
  for (; t < y.cols(); ++t) rows(constant<1>{}, t);
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
