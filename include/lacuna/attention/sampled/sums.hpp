#pragma once
// SPDX-License-Identifier: BSL-1.0
// Reductions of the weights of sampled rows, as types: `sample_scores` hands each of them every tile of weights once.
//
//   sums::columns{to}               to[list][k] = sum over rows of p(row, k)                        vertical lines
//   sums::slashes{to}               to[list][d] = sum over rows of p(row, q - d)                    diagonals
//   sums::units{to, .stride = 64}   to[list * rows + row][u] = sum over the keys of unit u          blocks, row by row
//   sums::peaks{to, ...}            the same with the largest in place of the sum                   InfLLM-V2's pooling
//
// A list is a query head, or a KV head when groups are summed. Antidiagonals are `units` of a folded pass. One of the
// caller's own: `fits(lists, rows, nk)`, `clear()`, `lines(nk)` zeroed floats that the rows of a list share, `add<A>(tile, nk,
// shared)`, and `finish(list, nk, shared)` with the sums of all rows.
#include <algorithm>
#include <lacuna/attention/sampled/tile.hpp>
#include <lacuna/core/matrix.hpp>
#include <lacuna/simd/sixteen.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

inline void clear_rows(matrix_view<float> to) {
  for (index_t i = 0; i < to.rows() && to.cols() > 0; ++i) std::fill_n(&to(i, 0), to.cols(), 0.0f);
}

/// sum[k] += the weights of key k over all rows of the tile.
template <class A>
LACUNA_NOINLINE void add_columns(const weight_tile& t, float* sum) {
  for (index_t k = 0; k < t.keys; ++k) {
    auto x = simd::load16<A>(t.p + k * 16);
    for (index_t b = 1; b < t.blocks(); ++b) x = x + simd::load16<A>(t.p + (b * tile_side + k) * 16);
    sum[k] += simd::sum(x);
  }
}

/// 16 keys of 16 rows that follow each other: sum[i] += the weights at distance (row 0 - key 15) + i, i < 32. Each key's
/// weights lie shifted by one in a line of `skew` [16][32], whose other places stay zero: a diagonal is a column.
template <class A>
LACUNA_NOINLINE void add_skewed(const float* p, float* skew, float* sum) {
  for (index_t j = 0; j < 16; ++j) simd::store16(skew + j * 32 + 15 - j, simd::load16<A>(p + j * 16));
  for (index_t half = 0; half < 32; half += 16) {
    auto x = simd::load16<A>(sum + half);
    for (index_t j = 0; j < 16; ++j) x = x + simd::load16<A>(skew + j * 32 + half);
    simd::store16(sum + half, x);
  }
}
/// sum[d] += the weights at distance d; distances below 0 count for nothing. `sum` has 96 places before 0.
template <class A>
LACUNA_NOINLINE void add_slashes(const weight_tile& t, float* skew, float* sum) {
  for (index_t b = 0; b < t.blocks(); ++b) {
    const float* const p = t.p + b * tile_side * 16;
    const index_t* const q = t.position + b * 16;
    const index_t n = t.rows - b * 16 < 16 ? t.rows - b * 16 : 16;
    if (q[n - 1] < t.k0) continue;
    if (t.is_run(b)) {
      for (index_t k = 0; k < t.keys; k += 16) add_skewed<A>(p + k * 16, skew, sum + (q[0] - t.k0 - k - 15));
    } else {
      for (index_t k = 0; k < t.keys; ++k)
        for (index_t l = 0; l < n && t.k0 + k <= q[n - 1]; ++l)
          if (q[l] >= t.k0 + k) sum[q[l] - t.k0 - k] += p[k * 16 + l];
    }
  }
}

/// to[row * stride] = op(to[row * stride], keys [k, k + n) of the tile by op), weights w (nullptr: ones).
template <class A, class Op>
LACUNA_NOINLINE void add_unit(const weight_tile& t, index_t k, index_t n, const float* w, float* to,
                              index_t stride) {
  for (index_t b = 0; b < t.blocks(); ++b) {
    auto x = simd::set16<A>(0);
    for (index_t i = 0; i < n; ++i) {
      const auto p = simd::load16<A>(t.p + (b * tile_side + k + i) * 16);
      x = Op::template of<A>(x, w == nullptr ? p : p * simd::set16<A>(w[i]));
    }
    float lane[16];
    simd::store16(lane, x);
    for (index_t l = 0; l < 16 && b * 16 + l < t.rows; ++l) {
      float& at = to[(b * 16 + l) * stride];
      at = Op::of(at, lane[l]);
    }
  }
}
struct add_op {
  template <class A>
  LACUNA_INLINE static simd::f32x16<A> of(simd::f32x16<A> a, simd::f32x16<A> b) {
    return a + b;
  }
  LACUNA_INLINE static float of(float a, float b) { return a + b; }
};
struct max_op {
  template <class A>
  LACUNA_INLINE static simd::f32x16<A> of(simd::f32x16<A> a, simd::f32x16<A> b) {
    return simd::max(a, b);
  }
  LACUNA_INLINE static float of(float a, float b) { return a > b ? a : b; }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH

namespace sums {

/// [lists][>= keys].
struct columns {
  matrix_view<float> to;

  LACUNA_INLINE bool fits(index_t lists, index_t, index_t nk) const {
    return to.rows() == lists && to.cols() >= nk;
  }
  LACUNA_INLINE void clear() const { kernel::clear_rows(to); }
  LACUNA_INLINE index_t lines(index_t nk) const { return nk; }
  template <class A>
  LACUNA_INLINE void add(const weight_tile& t, index_t, float* shared) const {
    kernel::add_columns<A>(t, shared + t.k0);
  }
  LACUNA_INLINE void finish(index_t list, index_t nk, const float* shared) const {
    for (index_t k = 0; k < nk; ++k) to(list, k) = shared[k];
  }
};

/// [lists][>= keys], distances 0, 1, ... Fast where 16 rows follow each other; others go one weight at a time.
struct slashes {
  matrix_view<float> to;
  static constexpr index_t skew = 16 * 32, before = 96, after = 32;

  LACUNA_INLINE bool fits(index_t lists, index_t, index_t nk) const {
    return to.rows() == lists && to.cols() >= nk;
  }
  LACUNA_INLINE void clear() const { kernel::clear_rows(to); }
  LACUNA_INLINE index_t lines(index_t nk) const { return skew + before + nk + after; }
  template <class A>
  LACUNA_INLINE void add(const weight_tile& t, index_t, float* shared) const {
    kernel::add_slashes<A>(t, shared, shared + skew + before);
  }
  LACUNA_INLINE void finish(index_t list, index_t nk, const float* shared) const {
    for (index_t d = 0; d < nk; ++d) to(list, d) = shared[skew + before + d];
  }
};

/// Unit u holds keys u * stride + first ... + size - 1; units may overlap (weights: one for each key of a unit, or none).
template <class Op>
struct in_units {
  matrix_view<float> to;  ///< [lists * rows][units]
  index_t stride = 64;    ///< >= 1
  index_t size = 0;       ///< keys of a unit; 0: stride
  index_t first = 0;      ///< of unit 0; may be below 0
  array_view<const float> weights{};

  LACUNA_INLINE index_t keys() const { return size == 0 ? stride : size; }
  LACUNA_INLINE bool fits(index_t lists, index_t rows, index_t) const {
    return stride >= 1 && size >= 0 && to.rows() == lists * rows &&
           (weights.size() == 0 || weights.size() == keys());
  }
  LACUNA_INLINE void clear() const { kernel::clear_rows(to); }
  LACUNA_INLINE index_t lines(index_t) const { return 0; }
  template <class A>
  void add(const weight_tile& t, index_t rows, float*) const {
    const index_t from = t.k0 - first - keys() + 1;  // the first unit that ends after k0, not before unit 0
    for (index_t u = from <= 0 ? 0 : (from + stride - 1) / stride; u < to.cols(); ++u) {
      const index_t k0 = u * stride + first, low = k0 > t.k0 ? k0 : t.k0;
      const index_t end = k0 + keys() < t.k0 + t.keys ? k0 + keys() : t.k0 + t.keys;
      if (k0 >= t.k0 + t.keys) return;
      if (end > low)
        kernel::add_unit<A, Op>(t, low - t.k0, end - low,
                                weights.size() > 0 ? weights.data() + (low - k0) : nullptr,
                                &to(t.list * rows + t.first, u), to.stride());
    }
  }
  LACUNA_INLINE void finish(index_t, index_t, const float*) const {}
};
using units = in_units<kernel::add_op>;
using peaks = in_units<kernel::max_op>;

}  // namespace sums
}  // namespace lacuna
