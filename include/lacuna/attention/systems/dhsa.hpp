#pragma once
// SPDX-License-Identifier: BSL-1.0
// DHSA (Xiong et al., workshop version; xiongsiheng/DHSA): chunks of uneven length score for their tokens, one mask for all
// heads from the means of Q and K over heads.
//
//   for each block of queries: the first tokens, the most recent ones, and the best of the rest up to a budget; the last
//   queries (the instruction) are dense
//
// Borders: not the trained predictor, but its plain fallback (chunks.hpp). The released code writes the first tokens over the
// earliest chosen ones after it has chosen; here they are reserved before the choice, so the budget is spent on the best.
#include <lacuna/attention/sampled/chunks.hpp>
#include <lacuna/attention/sampled/kept.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

struct dhsa {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::groups;             // no needle: a mean may hide it
  index_t budget = 2048, first = 128, recent = 128, dense = 64;  ///< tokens
  index_t block = 64;            ///< queries; a border for so many keys at most
  index_t reach = 4, apart = 8;  ///< of borders, tokens

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec&, head_view<Q> q, head_view<K> k, float) const {
    const index_t n = k.tokens(), dim = k.dim(), offset = n - q.tokens();
    const auto keys = mean_heads(k), queries = mean_heads(q);
    const auto start = find_chunks(changes(keys, n, dim, reach), n / block + 1, apart);
    std::vector<std::vector<float>> chunks;
    for (std::size_t c = 0; c + 1 < start.size() && n > 0; ++c)
      chunks.push_back(chunk_vector(keys, dim, start[c], start[c + 1]));
    kept_keys kept(1, {.tokens = n, .R = block, .C = 1, .heads_each = q.heads() > 0 ? q.heads() : 1});
    kept.add_range(0, 0, first), kept.add_strip(0, 0, recent);
    for (index_t r = offset < 0 ? 0 : offset / block; r < kept.shape().rows(); ++r) {
      const index_t from = std::max(r * block - offset, index_t{0}), end = std::min((r + 1) * block, n);
      const auto scores = spread_scores(chunk_vector(queries, dim, from, end - offset), chunks, start);
      fill_row(kept.row(0, r), scores, end > n - dense ? end : budget, end);
    }
    return kept;
  }

 private:
  /// The best of the tokens before `end` that are not kept yet, until `most` are.
  static void fill_row(std::uint64_t* row, std::vector<float> scores, index_t most, index_t end) {
    const index_t there = select::count(row, 0, end);
    for (index_t t = 0; t < end; ++t)
      if (select::has(row, t)) scores[static_cast<std::size_t>(t)] = -std::numeric_limits<float>::infinity();
    const array_view<const float> before(scores.data(), end);
    select::take(before, select::top_cut(before, most - there), row);
  }
};

}  // namespace lacuna
