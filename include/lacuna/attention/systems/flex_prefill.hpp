#pragma once
// SPDX-License-Identifier: BSL-1.0
// FlexPrefill (Lai et al., arXiv:2502.20766; bytedance/FlexPrefill): each head is asked whether block means predict its last
// block of queries; if so it selects blocks by means, else columns and diagonals, in both cases the fewest that hold gamma.
//
//   distance = sqrt(Jensen-Shannon(mean-pooled last row, true last block)) < tau   ->   blocks by means
//
// The released code takes one block more than the prefix that holds gamma; here it is the smallest prefix with sum >= gamma.
#include <cmath>
#include <lacuna/attention/sampled/lines.hpp>
#include <lacuna/attention/sampled/pooled.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

/// sqrt of the Jensen-Shannon divergence (natural logarithm) of two lists, each divided by its sum.
inline double js_distance(array_view<const float> a, array_view<const float> b) {
  double sa = 0, sb = 0, sum = 0;
  for (index_t i = 0; i < a.size(); ++i) sa += static_cast<double>(a[i]), sb += static_cast<double>(b[i]);
  const auto part = [](double x, double m) { return x > 0 ? x * std::log(x / m) / 2 : 0.0; };
  for (index_t i = 0; i < a.size(); ++i) {
    const double x = sa > 0 ? static_cast<double>(a[i]) / sa : 0,
                 y = sb > 0 ? static_cast<double>(b[i]) / sb : 0;
    sum += part(x, (x + y) / 2) + part(y, (x + y) / 2);
  }
  return std::sqrt(sum > 0 ? sum : 0);
}

struct flex_prefill {
  static constexpr promises keeps = promise::full_budget | promise::needle | promise::forced | promise::mass |
                                    promise::merge | promise::groups | promise::turns;
  double gamma = 0.9, tau = 0.1;
  index_t least = 1024;  ///< keys of columns, and of diagonals
  index_t block = 128, sampled = 128;

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const auto rows = rows::last(q.tokens(), sampled);
    const line_sums s = sample_lines(where, q, k, rows, scale, block);
    const block_map map = pooled_map(where, q, k, block, scale);
    const auto cut = [&](array_view<const float> sums) {
      const select::cut c = select::share_cut(sums, gamma), few = select::top_cut(sums, least / block);
      return c.count() < few.count() ? few : c;
    };
    kept_keys kept(q.heads(), {.tokens = k.tokens(), .R = block, .C = block});
    for (index_t h = 0; h < q.heads(); ++h) {
      if (map.rows > 0 && js_distance(map.row(h, map.rows - 1), s.column(h)) < tau)
        keep_map(kept, h, map, select::share_cut(map.all(h), gamma));
      else
        keep_columns(kept, h, s.column(h), cut(s.column(h)), block),
            keep_slashes(kept, h, s.slash(h), cut(s.slash(h)), block);
      kept.add_range(h, 0, 1), kept.add_strip(h, 0, 1);
    }
    return kept;
  }
};

}  // namespace lacuna
