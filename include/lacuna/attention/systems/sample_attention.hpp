#pragma once
// SPDX-License-Identifier: BSL-1.0
// SampleAttention (Zhu et al.), both versions. No code of the authors is public; amounts marked * are not in what could be
// read and are ours.
//
//   v1  arXiv:2406.15486   rows at a fixed stride -> column sums -> fewest columns that hold alpha; a window of r_w N keys
//   v2  MLSys 2025         the last rows of each segment -> sums of column blocks and of slash blocks -> fewest of each
//
// alpha bounds the mean mass of the sampled rows, not the least one: `.least` makes "every sampled row keeps so much" hold.
#include <lacuna/attention/sampled/cover.hpp>
#include <lacuna/attention/sampled/lines.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

struct sample_attention_v1 {
  static constexpr promises keeps = promise::full_budget | promise::needle | promise::forced | promise::mass |
                                    promise::merge | promise::groups | promise::turns;
  double window = 0.08;   ///< * share of the keys
  double sampled = 0.05;  ///< * share of the rows
  double alpha = 0.95;    ///< *

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const auto rows = rows::every_nth(q.tokens(), static_cast<index_t>(1 / sampled));
    const line_sums s = sample_lines(where, q, k, rows, scale);
    kept_keys kept(q.heads(), {.tokens = k.tokens()});
    const double reach = alpha >= 1 ? 1 : window;
    for (index_t h = 0; h < q.heads(); ++h)
      kept.add_strip(h, 0, static_cast<index_t>(std::ceil(reach * static_cast<double>(k.tokens()))));
    keep_single(kept, s, 0, [&](index_t h) { return select::share_cut(s.column(h), alpha); });
    return kept;
  }
};

struct sample_attention_v2 {
  static constexpr promises keeps = promise::full_budget | promise::needle | promise::forced | promise::mass |
                                    promise::merge | promise::groups | promise::turns;
  index_t block = 128;                    ///< keys of a column block, distances of a slash block
  index_t segment = 1024, sampled = 64;   ///< * tokens, and how many of its last ones are rows of the sample
  double columns = 0.95, slashes = 0.95;  ///< * shares of the mass
  double least = 0;                       ///< mass of every sampled row, by more lines; 0: as it comes

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const auto rows = rows::tails(q.tokens(), (q.tokens() + segment - 1) / segment, sampled);
    const row_sums s = sample_rows(where, q, k, rows, scale, block);
    kept_keys kept(q.heads(), {.tokens = k.tokens()});
    for (index_t h = 0; h < q.heads(); ++h) {
      keep_columns(kept, h, s.lines.column(h), select::share_cut(s.lines.column(h), columns), block);
      keep_slashes(kept, h, s.lines.slash(h), select::share_cut(s.lines.slash(h), slashes), block);
      kept.add_strip(h, 0, 1);
      if (least > 0) cover(kept, h, rows, k.tokens() - q.tokens(), s.of(h), {.alpha = least});
    }
    return kept;
  }
};

}  // namespace lacuna
