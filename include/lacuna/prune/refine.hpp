#pragma once
// SPDX-License-Identifier: BSL-1.0
// What stays makes up for what went: weights, or the codes and scales of an encoded matrix, move so that the output of the
// layer on its calibration tokens comes nearer to that of the whole weights.
//
//   auto v = refine(w, kept, h);          weights v[m,k], zero where nothing is kept; h = activation_hessian(x)
//   auto a = encode<bsr<1,16>, int4<16>>(v, kept);
//   refine(a, w, h);                      codes move to the best neighbours, then scales
//
//   loss of a row   (v - w) H (v - w)^T       each step goes to the least loss that one number can reach, all others fixed
//
// So no step makes the loss larger, and after enough passes `refine` of weights is the least squares fit on what is kept.
// With codes it is the block-wise optimisation of GQSA (arXiv 2412.17560, BQPO) by coordinate descent, without gradients.
#include <lacuna/exec/exec.hpp>
#include <lacuna/format/encode.hpp>
#include <lacuna/prune/hessian.hpp>

namespace lacuna {

struct refine_options {
  int passes = 4;      // over every kept weight
  bool scales = true;  // of an encoded matrix: after each pass over its codes
};

inline namespace LACUNA_ARCH {
namespace kernel {

/// Rows of weights on their way down: of each the difference d = v - w as doubles, and its slope H d.
class refine_band {
 public:
  refine_band(matrix_view<const float> h, index_t rows)
      : h_(h), slope_(checked_product("refine", rows, h.rows())), step_(h.rows()) {}
  /// Rows start with d(k) in this many columns.
  LACUNA_INLINE void clear() {
    if (slope_.size() > 0) slope_.clear();
  }
  /// d(r, k) moves by `by`.
  LACUNA_INLINE void move(index_t r, index_t k, double by) {
    const float* const line = h_.data() + k * h_.stride();
    double* const to = slope_.data() + r * h_.rows();
    for (index_t j = 0; j < h_.rows(); ++j) to[j] += by * static_cast<double>(line[j]);
  }
  /// By how much d(r, k) should move.
  LACUNA_INLINE double wish(index_t r, index_t k) const {
    const auto curvature = static_cast<double>(h_(k, k));
    return curvature > 0 ? -slope_[r * h_.rows() + k] / curvature : 0;
  }
  /// Along q, n numbers in columns k[]: by how much d(r) should move, or 0. Keeps what `move_along` needs.
  LACUNA_INLINE double wish_along(index_t r, const index_t* k, const double* q, index_t n) {
    if (step_.size() > 0) step_.clear();
    double down = 0;
    for (index_t i = 0; i < n; ++i) {
      const float* const line = h_.data() + k[i] * h_.stride();
      for (index_t j = 0; j < h_.rows(); ++j) step_[j] += q[i] * static_cast<double>(line[j]);
      down += q[i] * slope_[r * h_.rows() + k[i]];
    }
    curvature_ = 0;
    for (index_t i = 0; i < n; ++i) curvature_ += q[i] * step_[k[i]];
    slope_along_ = down;
    return curvature_ > 0 ? -down / curvature_ : 0;
  }
  /// Whether moving so far along the last q makes the loss less.
  LACUNA_INLINE bool gains(double by) const { return by * (2 * slope_along_ + by * curvature_) < 0; }
  LACUNA_INLINE void move_along(index_t r, double by) {
    for (index_t j = 0; j < h_.rows(); ++j) slope_[r * h_.rows() + j] += by * step_[j];
  }

 private:
  matrix_view<const float> h_;
  buffer<double> slope_, step_;
  double curvature_ = 0, slope_along_ = 0;
};

inline constexpr index_t refine_rows = 8;

template <class W, class K, class H>
void check_refine(const W& w, const K& a, const H& h) {
  if (w.rows() != a.rows() || w.cols() != a.cols() || h.rows() != w.cols() || h.cols() != w.cols())
    fail(errc::shape, "refine: need weights and what is kept of one shape, H as wide as both; got " +
                          shape_text(w.rows(), w.cols()) + ", " + shape_text(a.rows(), a.cols()) + ", H " +
                          shape_text(h.rows(), h.cols()));
}

/// Rows [r.first, r.last) of v, at most refine_rows.
template <class W, class K>
void refine_weights(const W& w, const K& kept, index_t first, index_t last, matrix_view<const float> h,
                    int passes, matrix_view<float> v) {
  const index_t n = w.cols();
  refine_band band(h, refine_rows);
  buffer<char> has(checked_product("refine", refine_rows, n));
  for (index_t i = first; i < last; ++i)
    kept.visit_row(i, [&](index_t k, auto) {
      has[(i - first) * n + k] = 1;
      v(i, k) = static_cast<float>(w(i, k));
    });
  // Column by column: a row of H that was read serves all rows of the band.
  for (index_t k = 0; k < n; ++k)
    for (index_t i = first; i < last; ++i)
      if (!has[(i - first) * n + k]) band.move(i - first, k, -static_cast<double>(w(i, k)));
  for (int pass = 0; pass < passes; ++pass)
    for (index_t k = 0; k < n; ++k)
      for (index_t i = first; i < last; ++i)
        if (has[(i - first) * n + k]) {
          const auto old = static_cast<double>(v(i, k));
          v(i, k) = static_cast<float>(old + band.wish(i - first, k));
          band.move(i - first, k, static_cast<double>(v(i, k)) - old);
        }
}

/// f(piece) for bands of refine_rows rows.
template <class Exec, class F>
void refine_by_bands(const Exec& where, index_t rows, const F& f) {
  const index_t bands = (rows + refine_rows - 1) / refine_rows;
  where.threads.run(bands, [&](index_t b) {
    const index_t first = b * refine_rows;
    f(first, first + refine_rows < rows ? first + refine_rows : rows);
  });
}

}  // namespace kernel

/// Weights at the kept positions of w[m,k], zeros elsewhere. h[k,k] is symmetric, its diagonal not negative. Fails with
/// errc::shape unless the shapes fit.
template <exec_policy Exec, dense_operand W, sparse_operand K, dense_operand H>
matrix<float> refine(const Exec& where, const W& w, const K& kept, const H& h, refine_options options = {}) {
  const auto wv = as_view(w);
  const view_of<K> keep = kept;
  const matrix_view<const float> hv = as_view(h);
  kernel::check_refine(wv, keep, hv);
  matrix<float> v(wv.rows(), wv.cols());
  kernel::refine_by_bands(where, wv.rows(), [&](index_t first, index_t last) {
    kernel::refine_weights(wv, keep, first, last, hv, options.passes, v.view());
  });
  return v;
}
template <dense_operand W, sparse_operand K, dense_operand H>
matrix<float> refine(const W& w, const K& kept, const H& h, refine_options options = {}) {
  return refine(exec{}, w, kept, h, options);
}

/// What replacing w by v costs: the sum of (v - w) H (v - w)^T over rows, in double.
template <dense_operand V, dense_operand W, dense_operand H>
double refine_loss(const V& v, const W& w, const H& h) {
  const auto vv = as_view(v);
  const auto wv = as_view(w);
  const matrix_view<const float> hv = as_view(h);
  kernel::check_refine(wv, vv, hv);
  double sum = 0;
  buffer<double> d(wv.cols());
  for (index_t i = 0; i < wv.rows(); ++i) {
    for (index_t k = 0; k < wv.cols(); ++k)
      d[k] = static_cast<double>(vv(i, k)) - static_cast<double>(wv(i, k));
    for (index_t k = 0; k < wv.cols(); ++k) {
      if (d[k] == 0) continue;
      double slope = 0;
      for (index_t j = 0; j < wv.cols(); ++j) slope += static_cast<double>(hv(k, j)) * d[j];
      sum += d[k] * slope;
    }
  }
  return sum;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
