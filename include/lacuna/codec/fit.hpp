#pragma once
// SPDX-License-Identifier: BSL-1.0
// How the cell of a group is chosen from its values. A policy of your own is a callable
// fit(constant of C, values, n) -> cell_t<C>.
#include <lacuna/codec/codec.hpp>

namespace lacuna::fit {

/// Which codec a fit is asked for.
template <scaled_codec C>
struct for_codec {
  using type = C;
};

namespace detail {
/// The range of v[0 .. n), and 0.
struct range {
  float low = 0, high = 0;
  LACUNA_INLINE range(const float* v, index_t n) {
    for (index_t i = 0; i < n; ++i) {
      low = v[i] < low ? v[i] : low;
      high = v[i] > high ? v[i] : high;
    }
  }
};
}  // namespace detail

/// No value is clipped: the error of each is at most half a step.
struct absmax {
  template <scaled_codec C>
  LACUNA_INLINE cell_t<C> operator()(for_codec<C>, const float* v, index_t n) const {
    const detail::range r(v, n);
    return codec_of<C>::cell_for(r.low, r.high);
  }
};

/// The least sum of squared errors over ranges `steps` times shrunk by `shrink`: a few large values are clipped so that
/// the many small ones get finer steps.
struct clipped {
  int steps = 24;
  float shrink = 0.02f;

  template <scaled_codec C>
  LACUNA_INLINE cell_t<C> operator()(for_codec<C>, const float* v, index_t n) const {
    using of = codec_of<C>;
    const detail::range r(v, n);
    cell_t<C> best = of::cell_for(r.low, r.high);
    double least = error<C>(v, n, best);
    for (int i = 1; i <= steps; ++i) {
      const float part = 1.0f - shrink * static_cast<float>(i);
      if (!(part > 0)) break;
      const cell_t<C> c = of::cell_for(r.low * part, r.high * part);
      const double e = error<C>(v, n, c);
      if (e < least) {
        least = e;
        best = c;
      }
    }
    return best;
  }

 private:
  template <scaled_codec C>
  LACUNA_INLINE static double error(const float* v, index_t n, const cell_t<C>& c) {
    using of = codec_of<C>;
    double sum = 0;
    for (index_t i = 0; i < n; ++i) {
      const double e = static_cast<double>((of::code(v[i], c) - of::zero_of(c)) * of::scale_of(c)) -
                       static_cast<double>(v[i]);
      sum += e * e;
    }
    return sum;
  }
};

}  // namespace lacuna::fit
