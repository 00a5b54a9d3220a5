#pragma once
// SPDX-License-Identifier: BSL-1.0
// InfLLM-V2 (arXiv 2509.24663) and NOSA (arXiv 2510.13602): blocks of 64 by overlapping means.
//
//   infllm_v2   cache: pages of 64, summary::mean{.unit = 32, .stride = 16}
//               softmax over the means, summed over the group; a block has the best of the five windows that touch it;
//               64 blocks, the first one and the last 16 + 1 among them
//   nosa        also summary::value_bias: a query-aware part of 1 + 16 + 16 blocks, then by the largest bias up to 64
//
// A cache with summary::value_bias adds the bias to every score, so NOSA's attention is one biased softmax. The best 31 blocks by
// bias are always in: steps share them whatever the queries are.
#include <lacuna/attention/estimate/observed.hpp>
#include <lacuna/attention/estimate/softmax.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/select/two_part.hpp>
#include <lacuna/attention/systems/promises.hpp>
#include <lacuna/kv/summary/mean.hpp>

namespace lacuna {

struct infllm_v2 {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups;
  using by_means = select::top_k<estimate::softmax<summary::mean, reduce::sum>, pool::overlap>;
  index_t blocks = 64, initial = 1, local = 16;  ///< of 64 tokens; local: besides the current one
  index_t dense_len = 8192;                      ///< up to which all is read
  LACUNA_INLINE auto parts() const {
    return select::beyond<by_means>{dense_len,
                                    {.budget = 64 * blocks, .sinks = initial, .recent = local + 1}};
  }
};

struct nosa {
  static constexpr promises keeps = infllm_v2::keeps;
  index_t blocks = 64, initial = 1, local = 16, aware = 16;  ///< of 64 tokens
  LACUNA_INLINE auto parts() const {
    using score = estimate::observed<summary::value_bias>;
    return select::two_part<infllm_v2::by_means, score>{
        .aware = {.budget = 64 * (initial + local + aware), .sinks = initial, .recent = local},
        .total = blocks};
  }
};

}  // namespace lacuna
