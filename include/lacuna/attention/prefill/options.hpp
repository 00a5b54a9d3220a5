#pragma once
// SPDX-License-Identifier: BSL-1.0
// The amounts and policies of a prefill.
#include <lacuna/attention/logit/logit.hpp>
#include <lacuna/core/matrix.hpp>
#include <limits>

namespace lacuna {

/// queries_outer: K and V are packed once, then each query tile walks its key tiles. keys_outer: each key tile is packed
/// where it is used, for 512 queries of all heads that share it, and no packed copy of K and V is kept: for long caches
/// in slow codecs and for memory; the same sums, rounded in other steps.
enum class loop_order { queries_outer, keys_outer };

/// The last query stands at the last key.
inline constexpr index_t ends_meet = std::numeric_limits<index_t>::min();

/// Product: what K, V, Q and the weights may be rounded to before they are multiplied, float or bf16; sums are floats.
/// bf16 is taken where vdpbf16ps runs at full rate (Zen 5: 1.8 times as fast); where it takes four times an fma (Granite
/// Rapids) or does not exist, floats are faster and stay floats.
template <class Product = float, logit::policy Logit = logit::unchanged>
requires(std::is_same_v<Product, float> || std::is_same_v<Product, bf16>) struct prefill_options {
  float scale = 0;  ///< of a score; 0: 1 / sqrt(dim)
  Logit logit{};
  loop_order order = loop_order::queries_outer;
  index_t offset = ends_meet;  ///< position of query 0; keys stand at 0, 1, ...
  /// A batch of sequences, one after the other in the tokens of Q and of K: sequence i has those from start[i] to
  /// start[i + 1]. Positions, masks and `offset` count inside a sequence. Empty: one sequence.
  array_view<const index_t> q_start{}, k_start{};
  array_view<float> lse{};  ///< [heads * tokens of Q]: ln sum e^(score), -inf where a query sees nothing
  matrix_view<float>
      mass{};  ///< [KV heads][>= tokens of K]: the weights of each key, summed over queries and heads
};

}  // namespace lacuna
