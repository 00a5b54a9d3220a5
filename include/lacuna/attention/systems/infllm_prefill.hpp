#pragma once
// SPDX-License-Identifier: BSL-1.0
// InfLLM-V2's prefill (OpenBMB/infllmv2_cuda_impl): NSA's shapes with other mathematics, and no branches.
//
//   mean keys of 32 tokens every 16  ->  softmax, summed over the heads of a group  ->  block of 64: the largest of the
//   mean keys 4 j - 1 ... 4 j + 3    ->  the first block, the last 17, and the best up to 64
//
// The released code forces local + 1 blocks (the query's own beside 16 whole ones); so does this. Up to dense_len tokens
// everything is kept.
#include <lacuna/attention/systems/nsa_prefill.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>

namespace lacuna {

struct infllm_v2_prefill {
  static constexpr promises keeps = nsa_prefill::keeps;
  index_t size = 32, stride = 16, block = 64;  ///< tokens
  index_t top = 64, sinks = 1, local = 17;     ///< blocks
  index_t dense_len = 0;                       ///< tokens

  template <exec_policy Exec, class Q, class K>
  kept_keys choose(const Exec& where, head_view<Q> q, head_view<K> k, float scale) const {
    const index_t n = k.tokens(), nq = q.tokens();
    const compressed_rows means = compress(k, stride, size);
    const nsa_prefill as{
        .size = size, .stride = stride, .block = block, .top = top, .sinks = sinks, .local = local};
    const auto rows = rows::all(nq);
    matrix<float> scores(k.heads() * nq, (n + block - 1) / block);
    sample_scores(where, q, means.view(), array_view<const index_t>(rows), as.seen(n, means.tokens),
                  sample_options<>{.scale = scale, .share = share::group},
                  sums::peaks{scores.view(), block / stride, 5, -1});
    return as.keep(scores, k.heads(), q.heads(), nq, n <= dense_len ? n : top, n);
  }
};

}  // namespace lacuna
