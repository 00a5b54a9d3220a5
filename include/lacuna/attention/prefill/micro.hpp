#pragma once
// SPDX-License-Identifier: BSL-1.0
// The one product of prefill, for scores and for sums of values alike: both factors lie depth-major, so every load is
// in order and no sum crosses lanes.
//
//   C[i][j] (+)= sum over w of A[w][i] * B[w][j]        i < 16 places of a tile, j < 64 (or 16) lanes
//   scores   A = key tile [channel][16 keys], B = queries [channel][64]        C = [16-query block][key][16]
//   values   A = weights  [key][16 queries],  B = value panel [key][64 or 16]  C = [query][64 or 16]
//
// A word is one float or two bf16 (then the depth counts pairs). Rows go 6, 6, 4: 24 sums, 4 loads and a broadcast fit
// 32 registers, and 24 products share 10 loads. Alone in L1, of the FMA peak: 6x4 .92, 8x3 .92, 12x2 .90, 8x2 .86, 4x4 .86.
#include <cstring>
#include <lacuna/simd/dot.hpp>
#include <lacuna/simd/vec.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// How many numbers a word holds, and a step of the product.
template <class T>
struct word_step {
  static constexpr int per = 1;
  template <class A>
  using lanes = simd::f32<A>;
  template <class A>
  LACUNA_INLINE static simd::f32<A> load(const float* p) {
    return simd::load<A>(p);
  }
  template <class A>
  LACUNA_INLINE static simd::f32<A> all(const float* p) {
    return simd::set<A>(*p);
  }
  template <class A>
  LACUNA_INLINE static simd::f32<A> add(simd::f32<A> sum, simd::f32<A> a, simd::f32<A> b) {
    return simd::fma(a, b, sum);
  }
};
template <>
struct word_step<bf16> {
  static constexpr int per = 2;
  template <class A>
  using lanes = simd::i32<A>;
  template <class A>
  LACUNA_INLINE static simd::i32<A> load(const float* p) {
    return simd::load_raw<A>(p);
  }
  template <class A>
  LACUNA_INLINE static simd::i32<A> all(const float* p) {
    std::int32_t word;
    std::memcpy(&word, p, sizeof word);
    return simd::set_i32<A>(word);
  }
  template <class A>
  LACUNA_INLINE static simd::f32<A> add(simd::f32<A> sum, simd::i32<A> a, simd::i32<A> b) {
    return simd::dot_bf16(sum, a, b);
  }
};

/// What a product of T is computed in: pairs of bf16 only where an instruction multiplies them fast, else floats, which
/// round nothing (Granite Rapids, 4096 tokens: 217 GFLOP/s of fma against 105 of vdpbf16ps).
template <class A, class T>
using product_of = std::conditional_t<std::is_same_v<T, bf16> && !simd::fast_dot_bf16<A>, float, T>;

/// The operands of a product. B comes in `parts` of equal depth, one after the other for A.
struct factors {
  const float* a;         ///< words [parts][depth][16]
  const float* const* b;  ///< each words [depth][width], `offset` words after the pointer
  index_t offset;
  int parts;
  index_t width, depth;  ///< depth is even
  float* c;              ///< sum (i, j) at c[i * row + j / 16 * block + j % 16]
  index_t row, block;
  const float* rescale;  ///< nullptr: C starts at zero; else row i of C times rescale[i]
  const float* ahead =
      nullptr;  ///< lines from here on are asked for meanwhile, into L2: one for two of the depth
};

/// Rows [first, first + R), NV registers of lanes from `lane` on. Returns the line after those that were asked for.
template <class A, class T, int R, int NV>
LACUNA_NOINLINE const float* multiply(const factors& f, index_t first, index_t lane) {
  using step = word_step<T>;
  constexpr int L = A::lanes;
  simd::f32<A> sum[R][NV];
  float* const c = f.c + first * f.row + lane / 16 * f.block + lane % 16;
  const index_t row = f.row, block = f.block, width = f.width;
  const auto at = [&](auto i) LACUNA_LAMBDA {
    constexpr int j = i % NV * L;
    return c + i / NV * row + j / 16 * block + j % 16;
  };
  if (f.rescale == nullptr) {
    simd::unroll<R * NV>([&](auto i) LACUNA_LAMBDA { sum[i / NV][i % NV] = simd::zero<A>(); });
  } else {
    const float* const rescale = f.rescale + first;
    simd::unroll<R * NV>([&](auto i) LACUNA_LAMBDA {
      sum[i / NV][i % NV] = simd::set<A>(rescale[i / NV]) * simd::load<A>(at(i));
    });
  }
  const float *a = f.a + first, *next = f.ahead != nullptr ? f.ahead : a;
  const index_t line = f.ahead != nullptr ? 16 : 0;
  for (int part = 0; part < f.parts; ++part) {
    const float* b = f.b[part] + f.offset + lane;
    for (index_t w = f.depth; w > 0; w -= 2, a += 32, b += 2 * width, next += line) {
      simd::prefetch_l2(next, 0);
      simd::unroll<2>([&](auto u) LACUNA_LAMBDA {
        typename step::template lanes<A> x[NV];
        simd::unroll<NV>([&](auto j) LACUNA_LAMBDA { x[j] = step::template load<A>(b + u * width + j * L); });
        simd::unroll<R>([&](auto i) LACUNA_LAMBDA {
          const auto y = step::template all<A>(a + u * 16 + i);
          simd::unroll<NV>([&](auto j)
                               LACUNA_LAMBDA { sum[i][j] = step::template add<A>(sum[i][j], y, x[j]); });
        });
      });
    }
  }
  simd::unroll<R * NV>([&](auto i) LACUNA_LAMBDA { simd::store(at(i), sum[i / NV][i % NV]); });
  return f.ahead != nullptr ? next : nullptr;
}

/// Registers of lanes that a block of sums is wide. (Arrays in place of registers only take long to compile.)
template <class A>
inline constexpr int wide_registers = std::is_same_v<A, simd::plain> ? 1
                                      : A::registers >= 32           ? 4
                                                                     : 2;

/// 16 rows of the product, all lanes.
template <class A, class T>
LACUNA_INLINE void multiply16(factors f) {
  constexpr int wide = wide_registers<A> * A::lanes;
  if constexpr (wide > 16) {
    if (f.width == 16) return (void)multiply<A, T, 16, 16 / A::lanes>(f, 0, 0);
  }
  for (index_t lane = 0; lane < f.width; lane += wide) {
    if constexpr (std::is_same_v<A, simd::plain>) {
      for (index_t first = 0; first < 16; first += 4) f.ahead = multiply<A, T, 4, 1>(f, first, lane);
    } else {
      f.ahead = multiply<A, T, 6, wide_registers<A>>(f, 0, lane);
      f.ahead = multiply<A, T, 6, wide_registers<A>>(f, 6, lane);
      f.ahead = multiply<A, T, 4, wide_registers<A>>(f, 12, lane);
    }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
