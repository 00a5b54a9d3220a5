#pragma once
// SPDX-License-Identifier: BSL-1.0
// Rows of the caller's tensors into tiles (shape.hpp).
#include <lacuna/attention/head_view.hpp>
#include <lacuna/attention/prefill/shape.hpp>
#include <lacuna/ops/spmm/operands.hpp>
#include <lacuna/simd/pairs.hpp>
#include <lacuna/simd/sixteen.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Stored channels [0, dim) as floats times `scale`, zeros up to `width`.
template <class A, class E>
LACUNA_INLINE void widen_row(const E* from, index_t dim, index_t width, float scale, float* to) {
  const auto factor = simd::set<A>(scale);
  index_t d = 0;
  for (; d + A::lanes <= dim; d += A::lanes) simd::store(to + d, simd::widen<A>(from + d) * factor);
  for (; d < width; d += A::lanes)
    simd::store(to + d, simd::widen_first<A>(from + (d < dim ? d : dim), d < dim ? dim - d : 0) * factor);
}

/// `width` floats of a row as words, in place.
template <class A, class T>
LACUNA_INLINE void row_to_words(float* row, index_t width) {
  if constexpr (word_step<T>::per == 2)
    for (index_t d = 0; d < width; d += 16) simd::store16_bf16(row + d / 2, simd::load16<A>(row + d));
}

/// `count` rows, `stride` floats apart, as [channel][lanes_apart]: queries in 64 lanes, keys in 16. Rows are spent.
template <class A, class T>
LACUNA_NOINLINE void pack_lanes(const tile_shape<T>& s, float* rows, index_t count, float* to,
                                index_t lanes_apart) {
  const index_t width = s.width();
  for (index_t i = 0; i < count; ++i) row_to_words<A, T>(rows + i * width, width);
  mirror<A>(rows, width, to, lanes_apart, s.words(), count);
}

/// 64 rows of keys as four tiles of 16.
template <class A, class T>
LACUNA_INLINE void pack_keys(const tile_shape<T>& s, float* rows, float* to) {
  for (index_t t = 0; t < tile_side; t += tile_tokens)
    pack_lanes<A, T>(s, rows + t * s.width(), tile_tokens, to + t * s.words(), tile_tokens);
}

/// 64 rows of values as panels.
template <class A, class T>
LACUNA_NOINLINE void pack_values(const tile_shape<T>& s, const float* rows, float* to) {
  constexpr int per = word_step<T>::per;
  const index_t width = s.width();
  for (int p = 0; p < s.head.panels(); ++p) {
    const index_t wide = s.head.panel_width(p);
    const float* from = rows + s.head.panel_first(p);
    for (index_t t = 0; t < tile_side; t += per, from += per * width, to += wide)
      for (index_t d = 0; d < wide; d += A::lanes) {
        if constexpr (per == 1)
          simd::store(to + d, simd::load<A>(from + d));
        else
          simd::store_raw(to + d, simd::pair_bf16(simd::load<A>(from + d), simd::load<A>(from + width + d)));
      }
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
