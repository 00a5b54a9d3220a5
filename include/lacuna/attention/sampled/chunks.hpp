#pragma once
// SPDX-License-Identifier: BSL-1.0
// Chunks of keys of uneven length, for selectors that follow the text instead of a grid (DHSA).
//
//   change(t)   1 - cos(mean of the 4 keys before t, mean of the 4 from t on)       a border where it peaks
//   borders     best first, none within 8 tokens of a better one, at most so many; 0 and n always
//   vector      sum of the chunk / sqrt(its length): doubling a chunk's tokens scales its score by sqrt(2), not 2
#include <algorithm>
#include <cmath>
#include <lacuna/attention/head_view.hpp>
#include <lacuna/core/aligned.hpp>
#include <numeric>
#include <vector>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// The mean over heads, [tokens][dim].
template <class T>
std::vector<float> mean_heads(head_view<T> x) {
  std::vector<float> mean(static_cast<std::size_t>(x.tokens() * x.dim()), 0.0f);
  for (index_t h = 0; h < x.heads(); ++h)
    for (index_t t = 0; t < x.tokens(); ++t)
      for (index_t d = 0; d < x.dim(); ++d)
        mean[static_cast<std::size_t>(t * x.dim() + d)] +=
            static_cast<float>(x.row(h, t)[d]) / static_cast<float>(x.heads());
  return mean;
}

/// 1 - cosine of the sums of `reach` rows before and from t on; 0 where there are fewer.
inline std::vector<float> changes(const std::vector<float>& rows, index_t n, index_t dim, index_t reach) {
  std::vector<float> change(static_cast<std::size_t>(n), 0.0f);
  for (index_t t = reach; t + reach <= n; ++t) {
    double ab = 0, aa = 0, bb = 0;
    for (index_t d = 0; d < dim; ++d) {
      double a = 0, b = 0;
      for (index_t i = 0; i < reach; ++i) {
        a += static_cast<double>(rows[static_cast<std::size_t>((t - 1 - i) * dim + d)]);
        b += static_cast<double>(rows[static_cast<std::size_t>((t + i) * dim + d)]);
      }
      ab += a * b, aa += a * a, bb += b * b;
    }
    change[static_cast<std::size_t>(t)] =
        aa > 0 && bb > 0 ? static_cast<float>(1 - ab / std::sqrt(aa * bb)) : 0;
  }
  return change;
}

/// Where chunks start, 0 first, n last: at most `most` chunks.
inline std::vector<index_t> find_chunks(const std::vector<float>& change, index_t most, index_t apart) {
  const auto n = static_cast<index_t>(change.size());
  std::vector<index_t> order(change.size()), start{0, n};
  std::iota(order.begin(), order.end(), index_t{0});
  std::stable_sort(order.begin(), order.end(), [&](index_t a, index_t b) {
    return change[static_cast<std::size_t>(a)] > change[static_cast<std::size_t>(b)];
  });
  std::vector<bool> near(change.size(), false);
  for (const index_t t : order) {
    if (static_cast<index_t>(start.size()) > most || !(change[static_cast<std::size_t>(t)] > 0)) break;
    if (t == 0 || near[static_cast<std::size_t>(t)]) continue;
    for (index_t i = std::max<index_t>(0, t - apart); i <= std::min(n - 1, t + apart); ++i)
      near[static_cast<std::size_t>(i)] = true;
    start.push_back(t);
  }
  std::sort(start.begin(), start.end());
  return start;
}

/// sum / sqrt(length) of rows [first, last).
inline std::vector<float> chunk_vector(const std::vector<float>& rows, index_t dim, index_t first,
                                       index_t last) {
  std::vector<float> v(static_cast<std::size_t>(dim), 0.0f);
  for (index_t t = first; t < last; ++t)
    for (index_t d = 0; d < dim; ++d)
      v[static_cast<std::size_t>(d)] += rows[static_cast<std::size_t>(t * dim + d)];
  for (float& x : v) x /= std::sqrt(static_cast<float>(last - first));
  return v;
}

/// scores[t] = the score of the chunk that key t lies in.
inline std::vector<float> spread_scores(const std::vector<float>& query,
                                        const std::vector<std::vector<float>>& chunks,
                                        const std::vector<index_t>& start) {
  std::vector<float> scores(static_cast<std::size_t>(start.back()), 0.0f);
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    const float s = std::inner_product(query.begin(), query.end(), chunks[c].begin(), 0.0f);
    std::fill(scores.begin() + start[c], scores.begin() + start[c + 1], s);
  }
  return scores;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
