#pragma once
// SPDX-License-Identifier: BSL-1.0
// X in and sums out, from and to either layout: the one place that knows them.
//
//   x(k, n)  ->  panel n / width, row k, lane n % width; columns past the last are zeros
//   sums     ->  finish ->  y(m, n)
//
// Column-major operands (tokens) are mirrored in squares of lanes x lanes, in registers.
#include <cstring>
#include <lacuna/core/matrix.hpp>
#include <lacuna/ops/spmm/skip_shape.hpp>
#include <lacuna/simd/transpose.hpp>
#include <lacuna/simd/vec.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Rows of X in a piece of packing: 2 KB of each token in one go.
inline constexpr index_t skip_pack_rows = 512;

/// Pieces that packing X can be cut into, one after the other.
template <class A>
LACUNA_INLINE index_t skip_pack_pieces(const skip_shape<A>& s) {
  return s.panels() * ((s.k + skip_pack_rows - 1) / skip_pack_rows);
}

/// from[j * from_stride + i] -> to[i * to_stride + j] for i < rows, j < cols. Squares go along the lines of the
/// matrix whose lines lie further apart: each of them may be a page of its own.
template <class A>
LACUNA_NOINLINE void mirror(const float* from, index_t from_stride, float* to, index_t to_stride,
                            index_t rows, index_t cols) {
  constexpr index_t L = A::lanes;
  const auto square = [&](index_t i, index_t j) {
    const float* const f = from + j * from_stride + i;
    float* const t = to + i * to_stride + j;
    if (i + L <= rows && j + L <= cols) return simd::transpose<A>(f, from_stride, t, to_stride);
    for (index_t a = 0; a < L && i + a < rows; ++a)
      for (index_t b = 0; b < L && j + b < cols; ++b) t[a * to_stride + b] = f[b * from_stride + a];
  };
  const bool along_from = from_stride > to_stride;
  const index_t lines = along_from ? cols : rows, line = along_from ? rows : cols;
  for (index_t outer = 0; outer < lines; outer += L)
    for (index_t inner = 0; inner < line; inner += L)
      along_from ? square(inner, outer) : square(outer, inner);
}

/// x(k0 .. k1, n0 .. n0 + cols) to lines of `width` floats, zeros up to `padded`.
template <class A, class X>
LACUNA_NOINLINE void pack_columns(const X& x, index_t k0, index_t k1, index_t n0, index_t cols, index_t padded,
                                  index_t width, float* to) {
  if (k0 >= k1) return;  // no offset to a null pointer
  const float* const from = x.data() + (X::by_rows ? k0 * x.stride() + n0 : k0 + n0 * x.stride());
  if constexpr (X::by_rows) {
    for (index_t k = 0; k < k1 - k0; ++k)
      std::memcpy(to + k * width, from + k * x.stride(), static_cast<std::size_t>(cols) * sizeof(float));
  } else {
    mirror<A>(from, x.stride(), to, width, k1 - k0, cols);
  }
  for (index_t k = 0; cols < padded && k < k1 - k0; ++k)
    for (index_t n = cols; n < padded; ++n) to[k * width + n] = 0;
}

/// Pieces [first, last) of X, a matrix_view of floats, to xp[x_floats()], which is best aligned to 64 bytes.
template <class A, class X>
void skip_pack(const skip_shape<A>& s, const X& x, index_t first, index_t last, float* xp) {
  const index_t slabs = (s.k + skip_pack_rows - 1) / skip_pack_rows;
  for (index_t piece = first; piece < last; ++piece) {
    const index_t p = piece / slabs, n0 = p * s.width(), k0 = piece % slabs * skip_pack_rows;
    pack_columns<A>(x, k0, k0 + skip_pack_rows < s.k ? k0 + skip_pack_rows : s.k, n0,
                    s.n - n0 < s.width() ? s.n - n0 : s.width(), index_t{s.vectors_of(p)} * A::lanes, s.width(),
                    xp + (p * s.k + k0) * s.width());
  }
}

/// The sums of rows m0 .. m0 + rows, columns n0 .. n0 + cols to Y; sum(i, j) is at from[i * stride + j].
template <class A, class Y, class Epilogue>
LACUNA_NOINLINE void put_sums(float* from, index_t stride, index_t rows, index_t cols, index_t m0, index_t n0,
                              const Y& y, const Epilogue& finish) {
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j) from[i * stride + j] = finish(from[i * stride + j], m0 + i, n0 + j);
  if constexpr (Y::by_rows) {
    for (index_t i = 0; i < rows; ++i)
      std::memcpy(y.data() + (m0 + i) * y.stride() + n0, from + i * stride,
                  static_cast<std::size_t>(cols) * sizeof(float));
  } else {
    mirror<A>(from, stride, y.data() + m0 + n0 * y.stride(), y.stride(), cols, rows);
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
