#pragma once
// SPDX-License-Identifier: BSL-1.0
// refine(a, w, h) for a matrix of codes: each code moves to where its row loses least, then each scale. Zero points and
// positions stay. The codes are those of prune/refine.hpp's least loss along one coordinate, which is the nearest code.
#include <lacuna/prune/refine.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Rows [first, last) of a, at most refine_rows.
template <pattern P, scaled_codec C, class W>
class code_descent {
  using of = codec_of<C>;

 public:
  /// `codes` has the code of each slot, here and in what follows: two rows may meet in a byte.
  code_descent(sparse_matrix<P, C>& a, buffer<float>& codes, const W& w, matrix_view<const float> h,
               index_t first, index_t last)
      : a_(a),
        codes_(codes),
        first_(first),
        last_(last),
        n_(w.cols()),
        band_(h, refine_rows),
        slot_(checked_product("refine", refine_rows, n_)),
        k_(n_),
        q_(n_) {
    const positions<P> where{a.rows(), a.cols(), borrow<P>(a.where())};
    for (index_t i = 0; i < slot_.size(); ++i) slot_[i] = -1;
    for (index_t i = first; i < last; ++i)
      P::visit_row(where, i, [&](index_t k, index_t slot) { slot_[(i - first) * n_ + k] = slot; });
    for (index_t k = 0; k < n_; ++k)
      for (index_t i = first; i < last; ++i) {
        const index_t slot = at(i, k);
        double v = 0;
        if (slot >= 0) {
          const cell_t<C>& c = a_.scales()[cell_at<P, C>(n_, i, k, slot)];
          v = static_cast<double>((codes_[slot] - of::zero_of(c)) * of::scale_of(c));
        }
        band_.move(i - first, k, v - static_cast<double>(w(i, k)));
      }
  }

  void codes() {
    for (index_t k = 0; k < n_; ++k)
      for (index_t i = first_; i < last_; ++i)
        if (const index_t slot = at(i, k); slot >= 0) code(i, k, slot);
  }
  void scales() {
    for (index_t i = first_; i < last_; ++i)
      for (index_t k = 0; k < n_;) k = cell(i, k);
  }

 private:
  LACUNA_INLINE index_t at(index_t i, index_t k) const { return slot_[(i - first_) * n_ + k]; }
  LACUNA_INLINE void code(index_t i, index_t k, index_t slot) {
    const cell_t<C>& c = a_.scales()[cell_at<P, C>(n_, i, k, slot)];
    const float old = codes_[slot], scale = of::scale_of(c), zero = of::zero_of(c);
    const double wish = band_.wish(i - first_, k);
    const double v = static_cast<double>((old - zero) * scale) + wish;
    const float best = of::code(static_cast<float>(v), c);
    const double by = static_cast<double>((best - old) * scale);
    // Where codes end, or by rounding, the nearest may be no better.
    if (best == old || std::fabs(by - wish) >= std::fabs(wish)) return;
    of::encode(a_.values().data(), slot, best);
    codes_[slot] = best;
    band_.move(i - first_, k, by);
  }
  /// The cell of (i, k): returns the first column after it.
  LACUNA_INLINE index_t cell(index_t i, index_t k) {
    const index_t group = group_at<C>(k);
    index_t n = 0, where = 0;
    for (; k < n_ && group_at<C>(k) == group; ++k)
      if (const index_t slot = at(i, k); slot >= 0) {
        where = cell_at<P, C>(n_, i, k, slot);
        k_[n] = k;
        q_[n++] = static_cast<double>(codes_[slot] - of::zero_of(a_.scales()[where]));
      }
    if (n == 0) return k;
    const float old = of::scale_of(a_.scales()[where]);
    const auto next =
        static_cast<float>(static_cast<double>(old) + band_.wish_along(i - first_, k_.data(), q_.data(), n));
    if (!(std::fabs(next) <= of::largest_scale)) return k;
    cell_t<C>& c = a_.scales()[where];
    const cell_t<C> before = c;
    if constexpr (of::has_zero)
      c.scale = decltype(c.scale)(next);
    else
      c = cell_t<C>(next);
    const double by = static_cast<double>(of::scale_of(c)) - static_cast<double>(old);
    if (band_.gains(by))
      band_.move_along(i - first_, by);
    else
      c = before;
    return k;
  }

  sparse_matrix<P, C>& a_;
  buffer<float>& codes_;
  index_t first_, last_, n_;
  refine_band band_;
  buffer<index_t> slot_, k_;
  buffer<double> q_;
};

}  // namespace kernel

/// Codes and scales of a, an encoding of some of w[m,k], towards the least loss on h[k,k]. Fails with errc::shape unless the
/// shapes fit. Before `pack`: panels are refined as well, their padding left alone, but more slowly.
template <exec_policy Exec, pattern P, scaled_codec C, dense_operand W, dense_operand H>
void refine(const Exec& where, sparse_matrix<P, C>& a, const W& w, const H& h, refine_options options = {}) {
  const auto wv = as_view(w);
  const matrix_view<const float> hv = as_view(h);
  kernel::check_refine(wv, a, hv);
  buffer<float> codes(value_slots<P>(a.nnz()));
  for (index_t n = 0; n < codes.size(); ++n) codes[n] = codec_of<C>::decode(a.values().data(), n);
  kernel::refine_by_bands(where, a.rows(), [&](index_t first, index_t last) {
    kernel::code_descent descent(a, codes, wv, hv, first, last);
    for (int pass = 0; pass < options.passes; ++pass) {
      descent.codes();
      if (options.scales) descent.scales();
    }
  });
}
template <pattern P, scaled_codec C, dense_operand W, dense_operand H>
void refine(sparse_matrix<P, C>& a, const W& w, const H& h, refine_options options = {}) {
  refine(exec{}, a, w, h, options);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
