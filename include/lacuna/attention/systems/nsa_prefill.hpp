#pragma once
// SPDX-License-Identifier: BSL-1.0
// NSA (Yuan et al., arXiv:2502.11089; fla-org/native-sparse-attention) and FSA (Relaxed-System-Lab/Flash-Sparse-Attention):
// three branches, gated and summed, not merged.
//
//   compressed   attention over one key for each 32 tokens, every 16 tokens; its weights, summed over the heads of a group and
//                pooled by 1 2 2 2 1, score the blocks of 64 tokens
//   selected     exact attention over the 16 best blocks, the first one and the query's last two among them
//   window       the last 512 keys
//   out          g0 compressed + g1 selected + g2 window            gates: [heads][tokens][3], the caller's sigmoids
//
// The compressed K, V are the caller's (learned); `compress` makes means. FSA is the same mathematics with the loops
// swapped: prefill_options{.order = loop_order::keys_outer}, whose inverted index is compile(mask).transposed().
#include <lacuna/attention/mask/causal.hpp>
#include <lacuna/attention/mask/compressed.hpp>
#include <lacuna/attention/mask/window.hpp>
#include <lacuna/attention/prefill.hpp>
#include <lacuna/attention/sampled/kept.hpp>
#include <lacuna/attention/sampled/sample.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

/// Keys or values that stand for windows, owned: [heads][windows][dim].
struct compressed_rows {
  buffer<float> values;
  index_t heads = 0, tokens = 0, dim = 0;
  LACUNA_INLINE head_view<const float> view() const { return {values.data(), heads, tokens, dim}; }
};

inline namespace LACUNA_ARCH {

/// The mean of tokens m stride ... m stride + size - 1, for every window that is whole.
template <class T>
compressed_rows compress(head_view<T> x, index_t stride, index_t size) {
  const index_t n = x.tokens() < size ? 0 : (x.tokens() - size) / stride + 1;
  compressed_rows c{buffer<float>(x.heads() * n * x.dim()), x.heads(), n, x.dim()};
  for (index_t h = 0; h < x.heads(); ++h)
    for (index_t m = 0; m < n; ++m)
      for (index_t i = 0; i < size; ++i)
        for (index_t d = 0; d < x.dim(); ++d)
          c.values[(h * n + m) * x.dim() + d] +=
              static_cast<float>(x.row(h, m * stride + i)[d]) / static_cast<float>(size);
  return c;
}

/// out[h][t][d] += gate[h][t][which] * branch.
template <class Out>
void add_gated(head_view<const float> branch, head_view<const float> gates, index_t which, bool first,
               head_view<Out> out, float* sum) {
  for (index_t h = 0; h < branch.heads(); ++h)
    for (index_t t = 0; t < branch.tokens(); ++t)
      for (index_t d = 0; d < branch.dim(); ++d) {
        float& s = sum[(h * branch.tokens() + t) * branch.dim() + d];
        s = (first ? 0 : s) + gates.row(h, t)[which] * branch.row(h, t)[d];
        out.row(h, t)[d] = Out(s);
      }
}

}  // namespace LACUNA_ARCH

struct nsa_prefill {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups;
  index_t size = 32, stride = 16;   ///< of a compressed key, tokens
  index_t block = 64, top = 16;     ///< tokens; blocks, the forced ones included
  index_t sinks = 1, local = 2;     ///< blocks that are always selected
  index_t window = 512;             ///< tokens
  float pool[5] = {1, 2, 2, 2, 1};  ///< of compressed keys 4 j - 1 ... 4 j + 3, for block j

  /// The selected branch: each query its own blocks, one list for the heads of a group.
  template <exec_policy Exec, class Q, class K, class C>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, head_view<C> compressed,
                   float scale) const {
    const index_t n = k.tokens(), nq = q.tokens(), blocks = (n + block - 1) / block;
    const auto rows = rows::all(nq);
    matrix<float> scores(k.heads() * nq, blocks);
    sample_scores(where, q, compressed, array_view<const index_t>(rows), seen(n, compressed.tokens()),
                  sample_options<>{.scale = scale, .share = share::group},
                  sums::units{scores.view(), block / stride, 5, -1, {pool, 5}});
    return keep(scores, k.heads(), q.heads(), nq, top, n);
  }
  LACUNA_INLINE mask::compressed seen(index_t tokens, index_t compressed) const {
    return {stride, size, tokens - compressed};
  }

  /// scores [list * nq + query][block] -> the best blocks of each query; spends the scores.
  kept_keys keep(matrix<float>& scores, index_t lists, index_t heads, index_t nq, index_t most,
                 index_t n) const {
    kept_keys kept(lists, {.tokens = n, .R = 1, .C = block, .heads_each = lists > 0 ? heads / lists : 1});
    for (index_t i = 0; i < scores.rows(); ++i) {
      const index_t at = i % nq + n - nq, own = at / block;
      if (at < 0) continue;
      for (index_t c = 0; c <= own; ++c)
        if (c < sinks || c > own - local) scores(i, c) = std::numeric_limits<float>::infinity();
      const array_view<const float> before(&scores(i, 0), own + 1);
      select::take(before, select::top_cut(before, most), kept.row(i / nq, at));
    }
    return kept;
  }
};

inline namespace LACUNA_ARCH {

/// Fails as prefill does, and unless gates are [heads][tokens][3].
template <exec_policy Exec, class Q, class K, class V, class C, class Out>
void prefill(const Exec& where, head_view<Q> q, head_view<K> k, head_view<V> v, head_view<C> compressed_k,
             head_view<C> compressed_v, head_view<const float> gates, head_view<Out> out,
             const nsa_prefill& s, const prefill_options<>& o = {}) {
  if (gates.heads() != q.heads() || gates.tokens() != q.tokens() || gates.dim() != 3)
    fail(errc::shape, "nsa_prefill: need gates[heads][tokens][3]; got " + count_text(gates.heads()) +
                          " heads of " + shape_text(gates.tokens(), gates.dim()));
  buffer<float> memory(q.heads() * q.tokens() * q.dim()), sum(memory.size());
  const head_view<float> branch(memory.data(), q.heads(), q.tokens(), q.dim());
  prefill(where, q, compressed_k, compressed_v, branch, s.seen(k.tokens(), compressed_k.tokens()), o);
  add_gated<Out>(branch, gates, 0, true, out, sum.data());
  const kept_keys kept = s.choose(where, q, k, compressed_k, o.scale);
  prefill(where, q, k, v, branch, mask::causal{} & kept.mask(), o);
  add_gated<Out>(branch, gates, 1, false, out, sum.data());
  prefill(where, q, k, v, branch, mask::causal{} & mask::window{s.window}, o);
  add_gated<Out>(branch, gates, 2, false, out, sum.data());
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
