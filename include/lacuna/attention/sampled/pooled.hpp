#pragma once
// SPDX-License-Identifier: BSL-1.0
// Blocks of queries and of keys as their means: the coarse attention map that block-sparse prefill selects from.
//
//   row r = mean of queries at positions [r R, r R + R)      column c = mean of keys [c C, c C + C)
//   map(h * rows + r, c) = softmax over c <= r of row r . column c * scale                                (R = C)
//
// Queries may start inside a block: rows count from the block of the first one.
#include <lacuna/attention/mask/causal.hpp>
#include <lacuna/attention/sampled/kept.hpp>
#include <lacuna/attention/sampled/sample.hpp>

namespace lacuna {

/// Means of blocks, [heads][blocks][dim].
struct block_means {
  buffer<float> values;
  index_t heads = 0, blocks = 0, dim = 0;
  index_t first = 0;  ///< the block that blocks 0 is, by position

  LACUNA_INLINE head_view<const float> view() const { return {values.data(), heads, blocks, dim}; }
};

/// The coarse map: [heads * rows][columns].
struct block_map {
  matrix<float> p;
  index_t first = 0, rows = 0;  ///< row 0's block, rows of a head

  LACUNA_INLINE array_view<const float> row(index_t h, index_t r) const {
    return {&p(h * rows + r, 0), p.cols()};
  }
  /// All rows of a head; one allocation's rows lie together.
  LACUNA_INLINE array_view<const float> all(index_t h) const {
    return {rows > 0 ? &p(h * rows, 0) : nullptr, rows * p.cols()};
  }
};

inline namespace LACUNA_ARCH {

/// Token 0 stands at `offset`.
template <class T>
block_means mean_blocks(head_view<T> x, index_t block, index_t offset = 0) {
  const index_t first = offset / block,
                n = x.tokens() > 0 ? (offset + x.tokens() - 1) / block + 1 - first : 0;
  block_means m{buffer<float>(x.heads() * n * x.dim()), x.heads(), n, x.dim(), first};
  for (index_t h = 0; h < x.heads(); ++h)
    for (index_t b = 0; b < n; ++b) {
      const index_t from = (first + b) * block - offset, low = from > 0 ? from : 0;
      const index_t high = from + block < x.tokens() ? from + block : x.tokens();
      float* const to = m.values.data() + (h * n + b) * x.dim();
      for (index_t t = low; t < high; ++t)
        for (index_t d = 0; d < x.dim(); ++d) to[d] += static_cast<float>(x.row(h, t)[d]);
      const float share = 1 / static_cast<float>(high - low);
      for (index_t d = 0; d < x.dim(); ++d) to[d] *= share;
    }
  return m;
}

template <exec_policy Exec, class Q, class K>
block_map pooled_map(const Exec& where, head_view<Q> q, head_view<K> k, index_t block, float scale) {
  const index_t unseen = q.tokens() > k.tokens() ? q.tokens() - k.tokens() : 0;  // before position 0
  const block_means rows = mean_blocks(q.tokens(unseen, q.tokens() - unseen), block,
                                       k.tokens() - q.tokens() + unseen),
                    columns = mean_blocks(k, block);
  block_map map{matrix<float>(q.heads() * rows.blocks, columns.blocks), rows.first, rows.blocks};
  const auto all = rows::all(rows.blocks);
  sample_scores(where, rows.view(), columns.view(), array_view<const index_t>(all), mask::causal{},
                sample_options<>{.scale = scale}, sums::units{map.p.view(), 1});
  return map;
}

/// Blocks that a cut takes of the whole map of a head.
inline void keep_map(kept_keys& kept, index_t list, const block_map& map, const select::cut& c) {
  select::each_taken(map.all(list), c, [&](index_t i) {
    select::put(kept.row(list, map.first + i / map.p.cols()), i % map.p.cols());
  });
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
