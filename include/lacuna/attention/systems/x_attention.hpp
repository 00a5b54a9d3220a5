#pragma once
// SPDX-License-Identifier: BSL-1.0
// XAttention (Xu et al., arXiv:2503.16428; mit-han-lab/x-attention): antidiagonals of stride x stride squares stand for blocks.
//
//   softmax over folded scores (tile.hpp)  ->  sum by block  ->  for each query block the fewest blocks that hold tau
//
// Query blocks that the fold does not reach (the last tokens % stride) keep everything; the query's own block is always kept.
#include <lacuna/attention/mask/causal.hpp>
#include <lacuna/attention/sampled/kept.hpp>
#include <lacuna/attention/sampled/sample.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

struct x_attention {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::groups;  // no needle: a mean may hide it
  double tau = 0.9;                                   ///< the paper has a table of one for each head
  index_t stride = 16, block = 128;                   ///< block: a multiple of stride

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const index_t n = k.tokens(), blocks = (n + block - 1) / block;
    const auto rows = rows::all(q.tokens() / stride);
    const float folded = scale / static_cast<float>(stride);
    matrix<float> units(q.heads() * rows.size(), blocks), sums(q.heads() * blocks, blocks);
    sample_scores(where, q, k, array_view<const index_t>(rows), mask::causal{},
                  sample_options<>{.scale = folded, .fold = stride},
                  sums::units{units.view(), block / stride});
    add_query_blocks(units, rows.size(), block / stride, n / stride - rows.size(), sums);
    kept_keys kept(q.heads(), {.tokens = n, .R = block, .C = block});
    for (index_t h = 0; h < q.heads(); ++h)
      keep_query_blocks(kept, h, sums.view().block(h * blocks, 0, blocks, blocks), tau);
    return kept;
  }

 private:
  /// Rows of the sample into the query blocks they stand in.
  static void add_query_blocks(const matrix<float>& units, index_t rows, index_t per, index_t offset,
                               matrix<float>& to) {
    const index_t blocks = to.cols();
    for (index_t i = 0; i < units.rows(); ++i)
      if (const index_t at = i % rows + offset; at >= 0)
        for (index_t c = 0; c < blocks; ++c) to(i / rows * blocks + at / per, c) += units(i, c);
  }
  static void keep_query_blocks(kept_keys& kept, index_t h, matrix_view<const float> sums, double share) {
    for (index_t r = 0; r < sums.rows(); ++r) {
      const array_view<const float> line(&sums(r, 0), r + 1);
      double all = 0;
      for (const float x : line) all += static_cast<double>(x);
      select::take(line, select::share_cut(line, all > 0 ? share : 1), kept.row(h, r));
    }
    kept.add_strip(h, 0, 1);
  }
};

}  // namespace lacuna
