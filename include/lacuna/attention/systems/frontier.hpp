#pragma once
// SPDX-License-Identifier: BSL-1.0
// The six methods of The Sparse Frontier (Nawrot et al., arXiv:2504.17768; PiotrNawrot/sparse-frontier) under one budget: ask
// for a sparsity, get the method's own amounts, and a meter in closed form that says what was got.
//
//   method           unit             what the budget sets                                    when
//   vertical_slash   lines            as many columns as diagonals of the last 256 rows       prefill
//   flex_prefill     lines or blocks  gamma (512 rows, at least 512 keys)                     prefill
//   block_sparse     16 x 16 blocks   blocks of each query block, by block means              prefill
//   snap_kv          tokens           the same number of tokens for each head                 after prefill
//   ada_snap_kv      tokens           that number on average, at least a fifth of it a head   after prefill
//   quest            pages of 16      tokens that each decode step reads                      decode: select::top_k
//
// sparsity = 1 - pairs attended / causal pairs (prefill), 1 - tokens kept / tokens (the others).
#include <lacuna/attention/sampled/kept_lines.hpp>
#include <lacuna/attention/sampled/lines.hpp>
#include <lacuna/attention/systems/flex_prefill.hpp>
#include <lacuna/attention/systems/minference.hpp>

namespace lacuna {

enum class frontier_method : std::uint8_t {
  vertical_slash_lines,
  block_flex,
  block_means,
  token_snap,
  token_ada_snap,
  page_box
};

/// Tokens that a sparsity leaves; the budget of snap_kv, ada_snap_kv and quest.
inline index_t frontier_tokens(double sparsity, index_t tokens) {
  const auto n = static_cast<index_t>(std::llround((1 - sparsity) * static_cast<double>(tokens)));
  return n < 1 ? 1 : n > tokens ? tokens : n;
}

inline namespace LACUNA_ARCH {
namespace kernel {

/// make(amount) -> kept_keys, which grows with the amount in [low, high]: the one whose share is closest to `share`.
template <class F>
kept_keys fit_share(double low, double high, double share, index_t nq, const F& make) {
  for (int step = 0; step < 12; ++step)
    (kept_share(make((low + high) / 2), nq) < share ? low : high) = (low + high) / 2;
  kept_keys a = make(low), b = make(high);
  return std::fabs(kept_share(a, nq) - share) < std::fabs(kept_share(b, nq) - share) ? a : b;
}

/// Mean over a window of `width` neighbours, those that exist.
inline buffer<float> pool_line(array_view<const float> x, index_t width) {
  buffer<float> to(x.size());
  for (index_t i = 0; i < x.size(); ++i) {
    const index_t first = i < width / 2 ? 0 : i - width / 2;
    const index_t last = i + width / 2 < x.size() ? i + width / 2 + 1 : x.size();
    float sum = 0;
    for (index_t j = first; j < last; ++j) sum += x[j];
    to[i] = sum / static_cast<float>(last - first);
  }
  return to;
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

/// vertical_slash at a sparsity: for each head as many columns as diagonals as meet it.
struct frontier_lines {
  static constexpr promises keeps = vertical_slash::keeps;
  double sparsity = 0.9;
  index_t sampled = 256;  ///< last rows

  template <exec_policy Exec, class Q, class K>
  kept_lines choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const index_t n = k.tokens();
    const double pairs = (1 - sparsity) * static_cast<double>(causal_pairs(0, n, 0, n));
    const auto rows = rows::last(q.tokens(), sampled);
    const line_sums s = sample_lines(where, q, k, rows, scale);
    kept_lines kept{n, {}};
    for (index_t h = 0; h < q.heads(); ++h) {
      index_t low = 0, high = n;
      while (high - low > 1) {
        const index_t lines = (low + high) / 2;
        const auto got = kept_pairs(best_lines(s.column(h), s.slash(h), lines), n);
        (static_cast<double>(got) <= pairs ? low : high) = lines;
      }
      kept.of.push_back(best_lines(s.column(h), s.slash(h), sparsity > 0 ? low : n));
    }
    return kept;
  }
};

/// block_sparse and flex_prefill at a sparsity.
struct frontier_blocks {
  static constexpr promises keeps = block_top::keeps;
  frontier_method method = frontier_method::block_means;
  double sparsity = 0.9;
  index_t block = 16;

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    if (method == frontier_method::block_flex)
      return kernel::fit_share(0, 1, 1 - sparsity, q.tokens(), [&](double gamma) {
        return flex_prefill{.gamma = gamma, .least = 0, .block = block, .sampled = 512}.choose(where, q, k,
                                                                                               scale);
      });
    const block_map map = pooled_map(where, q, k, block, scale);
    return kernel::fit_share(0, 1, 1 - sparsity, q.tokens(), [&](double part) {
      kept_keys kept(q.heads(), {.tokens = k.tokens(), .R = block, .C = block});
      for (index_t h = 0; h < q.heads(); ++h) {
        for (index_t r = 0; r < map.rows; ++r) {
          const double top = std::ceil(part * static_cast<double>(map.first + r + 1));
          const select::cut c = select::top_cut(map.row(h, r), static_cast<index_t>(top));
          select::take(map.row(h, r), c, kept.row(h, map.first + r));
        }
        kept.add_strip(h, 0, 1);
      }
      return kept;
    });
  }
};

/// snap_kv or ada_snap_kv after a prefill: the tokens that each query head keeps, as single keys.
struct frontier_evict {
  static constexpr promises keeps =
      promise::full_budget | promise::needle | promise::forced | promise::groups;
  frontier_method method = frontier_method::token_snap;
  double sparsity = 0.9;
  index_t observed = 256, pool = 21;  ///< last rows; tokens that are averaged
  index_t recent = 128, first = 4;    ///< tokens that are always kept
  double floor = 0.2;                 ///< of ada_snap_kv: least share of the mean budget

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const index_t n = k.tokens(), heads = q.heads(), words = select::words_of(n);
    const index_t each = frontier_tokens(sparsity, n);
    const auto rows = rows::last(q.tokens(), observed);
    const line_sums s = sample_lines(where, q, k, rows, scale);
    buffer<float> scores(heads * n);
    for (index_t h = 0; h < heads; ++h) {
      const auto pooled = kernel::pool_line(s.column(h), pool);
      for (index_t t = 0; t < n; ++t)
        scores[h * n + t] = t < first || t >= n - recent ? std::numeric_limits<float>::infinity() : pooled[t];
    }
    buffer<std::uint64_t> bits(heads * words);
    const bool ada = method == frontier_method::token_ada_snap;
    const auto least = ada ? static_cast<index_t>(floor * static_cast<double>(each)) : each;
    for (index_t h = 0; h < heads; ++h) {
      const array_view<const float> own(scores.data() + h * n, n);
      select::take(own, select::top_cut(own, least), bits.data() + h * words);
    }
    if (ada) spread(scores, bits.data(), heads, n, each * heads);
    kept_keys kept(heads, {.tokens = n});
    kept.set_keys(bits.data());
    return kept;
  }

 private:
  /// The rest of the common budget to the best of all heads.
  static void spread(buffer<float>& scores, std::uint64_t* bits, index_t heads, index_t n, index_t budget) {
    const index_t words = select::words_of(n);
    for (index_t h = 0; h < heads; ++h)
      select::for_each(bits + h * words, n, [&](index_t t) {
        scores[h * n + t] = -std::numeric_limits<float>::infinity();
        --budget;
      });
    const array_view<const float> all(scores.data(), heads * n);
    select::each_taken(all, select::top_cut(all, budget),
                       [&](index_t i) { select::put(bits + i / n * words, i % n); });
  }
};

}  // namespace lacuna
