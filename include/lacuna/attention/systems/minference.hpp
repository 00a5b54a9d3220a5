#pragma once
// SPDX-License-Identifier: BSL-1.0
// MInference 1.0 (Jiang et al., arXiv:2407.02490; microsoft/MInference): three shapes of heads, one of them for each head by
// an offline plan.
//
//   a_shape          first tokens and a window
//   vertical_slash   the best columns and diagonals of the last 64 rows, the first columns and last diagonals always
//   block_top        the best key blocks of each query block by the means of both
//
// Diagonals are rounded up to blocks of 64 (as the authors' kernel does), columns stay single keys. The released code forces
// columns and diagonals by +inf scores; here they are forced on top of the k best.
#include <lacuna/attention/sampled/lines.hpp>
#include <lacuna/attention/sampled/pooled.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>
#include <lacuna/attention/systems/promises.hpp>
#include <vector>

namespace lacuna {

struct a_shape {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups;
  index_t sinks = 128, window = 3968;

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec&, head_view<Q> q, head_view<K> k, float) const {
    kept_keys kept(q.heads(), {.tokens = k.tokens()});
    for (index_t h = 0; h < q.heads(); ++h) kept.add_range(h, 0, sinks), kept.add_strip(h, 0, window);
    return kept;
  }
};

struct vertical_slash {
  static constexpr promises keeps = promise::full_budget | promise::needle | promise::forced | promise::mass |
                                    promise::merge | promise::groups | promise::turns;
  index_t columns = 1000, slashes = 6096;
  index_t sampled = 64;           ///< last rows
  index_t first = 30, last = 30;  ///< columns and diagonals that are always kept

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const auto rows = rows::last(q.tokens(), sampled);
    const line_sums s = sample_lines(where, q, k, rows, scale);
    kept_keys kept(q.heads(), {.tokens = k.tokens()});
    for (index_t h = 0; h < q.heads(); ++h) {
      keep_slashes(kept, h, s.slash(h), select::top_cut(s.slash(h), slashes), 1);
      kept.add_strip(h, 0, last);
    }
    keep_single(kept, s, first, [&](index_t h) { return select::top_cut(s.column(h), columns); });
    return kept;
  }
};

struct block_top {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::groups;  // no needle: a mean of 64 keys hides it
  index_t top = 100, block = 64;

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const block_map map = pooled_map(where, q, k, block, scale);
    kept_keys kept(q.heads(), {.tokens = k.tokens(), .R = block, .C = block});
    for (index_t h = 0; h < q.heads(); ++h) {
      for (index_t r = 0; r < map.rows; ++r)
        select::take(map.row(h, r), select::top_cut(map.row(h, r), top), kept.row(h, map.first + r));
      kept.add_strip(h, 0, 1);
    }
    return kept;
  }
};

/// One selection for each head.
struct kept_by_head {
  struct view {
    const kept_keys* of;
    LACUNA_INLINE auto head(index_t h) const { return of[h].mask().head(0); }
  };
  std::vector<kept_keys> of;
  LACUNA_INLINE view mask() const { return {of.data()}; }
};

/// Its plan: a shape for each query head, amounts in common.
struct minference {
  /// No groups: heads of a group may have other shapes.
  static constexpr promises keeps = block_top::keeps & a_shape::keeps & ~promise::groups;
  enum class shape : std::uint8_t { vertical_slash, a_shape, block_top };
  array_view<const shape> plan{};  ///< [heads]; empty: vertical_slash for all
  vertical_slash lines{};
  a_shape ends{};
  block_top blocks{};

  template <exec_policy Exec, class Q, class K>
  kept_by_head choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    kept_by_head kept;
    for (index_t h = 0; h < q.heads(); ++h) {
      const auto one = q.some_heads(h, 1);
      const auto own = k.some_heads(h / (q.heads() / k.heads()), 1);
      const shape s = plan.size() > 0 ? plan[h] : shape::vertical_slash;
      kept.of.push_back(s == shape::a_shape          ? ends.choose(where, one, own, scale)
                        : s == shape::vertical_slash ? lines.choose(where, one, own, scale)
                                                     : blocks.choose(where, one, own, scale));
    }
    return kept;
  }
};

}  // namespace lacuna
