#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// A square of lanes x lanes floats, mirrored at its diagonal on the way from memory to memory:
//
//   from  a b c d     to  a e i m        by halves: step h exchanges, for each two registers h apart, the
//         e f g h         b f j n        lanes whose numbers differ by h; log2(lanes) steps of one shuffle
//         i j k l         c g k o        a register
//         m n o p         d h l p

#include <bit>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/loop.hpp>
#include <lacuna/simd/registers.hpp>
#include <utility>

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

// The plain text.
LACUNA_INLINE void transpose(plain, const float* from, index_t from_stride, float* to, index_t to_stride) {
  for (int i = 0; i < plain::lanes; ++i)
    for (int j = 0; j < plain::lanes; ++j) to[j * to_stride + i] = from[i * from_stride + j];
}

#if !LACUNA_SCALAR_ONLY
template <class A>
using native_register = typename f32<A>::batch::register_type;

// Lanes of a without bit H as they are, with it from b, H lanes lower; or the other half of both.
template <int H, bool Upper, class Register, int... I>
LACUNA_INLINE Register exchange(Register a, Register b, std::integer_sequence<int, I...>) {
  constexpr int lanes = sizeof...(I);
  if constexpr (Upper)
    return __builtin_shufflevector(a, b, ((I & H) != 0 ? lanes + I : I + H)...);
  else
    return __builtin_shufflevector(a, b, ((I & H) != 0 ? lanes + I - H : I)...);
}

template <class A>
LACUNA_INLINE void transpose(A, const float* from, index_t from_stride, float* to, index_t to_stride) {
  constexpr int lanes = A::lanes, steps = std::countr_zero(static_cast<unsigned>(lanes));
  constexpr std::make_integer_sequence<int, lanes> all{};
  native_register<A> row[lanes];
  unroll<lanes>([&](auto i) LACUNA_LAMBDA { row[i] = load<A>(from + i * from_stride).v; });
  unroll<steps>([&](auto s) LACUNA_LAMBDA {
    constexpr int h = 1 << s;
    unroll<lanes / 2>([&](auto pair) LACUNA_LAMBDA {
      constexpr int i = pair / h * 2 * h + pair % h;
      const auto a = row[i], b = row[i + h];
      row[i] = exchange<h, false>(a, b, all);
      row[i + h] = exchange<h, true>(a, b, all);
    });
  });
  unroll<lanes>([&](auto i)
                    LACUNA_LAMBDA { store(to + i * to_stride, f32<A>{typename f32<A>::batch(row[i])}); });
}
#endif

}  // namespace detail

/// to[j * to_stride + i] = from[i * from_stride + j] for i, j < A::lanes.
template <class A>
LACUNA_INLINE void transpose(const float* from, index_t from_stride, float* to, index_t to_stride) {
  detail::transpose(A{}, from, from_stride, to, to_stride);
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
