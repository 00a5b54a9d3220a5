#pragma once
// SPDX-License-Identifier: BSL-1.0
// Systems whose mask asks nothing of Q and K: the same tokens in parts or at once, and other tokens never.
//
//   s2_attention   S2-Attention / DKernel (Lin et al., arXiv:2407.17678; linxihui/dkernel): local blocks, and every n-th block
//                  with a shift of its own for each KV head, so that the heads together see everything. "KV efficient": a
//                  block that left the window and is off the stride is never asked for again.
//   moa            MoA (Fu et al., arXiv:2406.14909; thu-nics/MoA): a window of alpha + beta N tokens for each head, and sinks.
#include <cmath>
#include <lacuna/attention/mask/algebra.hpp>
#include <lacuna/attention/mask/block_window.hpp>
#include <lacuna/attention/mask/per_head.hpp>
#include <lacuna/attention/mask/sinks.hpp>
#include <lacuna/attention/mask/stride.hpp>
#include <lacuna/attention/mask/window.hpp>
#include <lacuna/attention/select/budget.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

inline constexpr promises static_promises = promise::full_budget | promise::forced | promise::mass |
                                            promise::merge | promise::incremental | promise::groups;

/// One KV head's blocks for each query head.
struct s2_mask {
  index_t block, local, every, step, group,
      dense_from;  ///< dense_from: the first KV head that sees everything
  LACUNA_INLINE auto head(index_t h) const {
    const index_t kv = h / group;
    return mask::block_window{local, block} |
           mask::stride{.every = kv >= dense_from ? 1 : every, .block = block, .head_step = step}.head(kv);
  }
};
struct s2_attention {
  static constexpr promises keeps = static_promises;
  index_t block = 64, local = 16, every = 8;  ///< keys of a block, blocks, blocks
  index_t dense_heads = 0;                    ///< the last KV heads see everything

  template <exec_policy Exec, class Q, class K>
  static_keys<s2_mask> choose(const Exec&, head_view<Q> q, head_view<K> k, float) const {
    const index_t n = k.heads() > 0 ? k.heads() : 1, step = every / n > 1 ? every / n : 1;
    return {{block, local, every, step, q.heads() / n, n - dense_heads}};
  }
};

/// floor(alpha / block) + floor(beta N / block) blocks for each query head, at least one, and sinks.
struct moa_mask {
  array_view<const budget::elastic> plan;
  index_t sinks, block, tokens;

  LACUNA_INLINE index_t span(index_t h) const {
    const budget::elastic& e = plan[plan.size() > 1 ? h : 0];
    const double per = static_cast<double>(block), n = static_cast<double>(tokens);
    const double blocks = std::floor(static_cast<double>(e.alpha) / per) + std::floor(e.beta * n / per);
    return blocks < 1 ? block : static_cast<index_t>(blocks) * block;
  }
  LACUNA_INLINE auto head(index_t h) const { return mask::window{span(h)} | mask::sinks{sinks}; }
};
struct moa {
  /// Neither: the window grows with the length, and heads of a group have spans of their own.
  static constexpr promises keeps = static_promises & ~promise::incremental & ~promise::groups;
  array_view<const budget::elastic> plan{};  ///< [heads], or one for all
  index_t sinks = 64, block = 64;            ///< tokens

  template <exec_policy Exec, class Q, class K>
  static_keys<moa_mask> choose(const Exec&, head_view<Q>, head_view<K> k, float) const {
    return {{plan, sinks, block, k.tokens()}};
  }
};

}  // namespace lacuna
