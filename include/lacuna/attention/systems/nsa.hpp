#pragma once
// SPDX-License-Identifier: BSL-1.0
// Native Sparse Attention (arXiv 2502.11089), decode: three branches, each finished by itself, summed by gates.
//
//   out = g0 * softmax over compressed tokens + g1 * over the best blocks + g2 * over a window
//
// Gates are sigmoids of the layer's input, three for each query head: not a softmax, and the branches are not merged. `compressed`
// is a cache of its own: the model appends a key and value for each window of 32 tokens, every 16, once it is full, so that window m
// is seen from position 16 m + 31 on. Blocks are scored by the keys' summary in the main cache.
//
//   cache: pages of 64, Summary{.unit = 32, .stride = 16} (summary::projection or summary::mean); 16 blocks, the first one and the last
//   2 among them, by weights 1 2 2 2 1 of the windows that touch a block, summed over the group
#include <lacuna/attention/decode.hpp>
#include <lacuna/attention/estimate/softmax.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/systems/promises.hpp>
#include <lacuna/kv/summary/projection.hpp>

namespace lacuna {

/// The second branch, as a selector.
template <kv_summary Summary = summary::projection>
struct nsa_blocks {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups;
  index_t blocks = 16, initial = 1, local = 2;  ///< of 64 tokens
  LACUNA_INLINE auto parts() const {
    return select::top_k<estimate::softmax<Summary, reduce::sum>, pool::weighted>{
        .budget = 64 * blocks, .sinks = initial, .recent = local};
  }
};

template <kv_summary Summary = summary::projection>
struct nsa {
  nsa_blocks<Summary> blocks{};
  index_t window = 512;  ///< tokens
};

inline namespace LACUNA_ARCH {

/// out, q [query heads, head size]; gates [query heads, 3]. Fails with errc::shape when sizes do not fit.
template <exec_policy Exec, query_rows Q, kv_source C, kv_source Compressed, dense_operand Out, class Summary>
void decode(const Exec& where, const Q& q, const C& cache, const Compressed& compressed,
            matrix_view<const float> gates, Out&& out, const nsa<Summary>& s,
            const decode_options& options = {}) {
  const auto y = as_view(out);
  if (gates.rows() != y.rows() || gates.cols() != 3)
    fail(errc::shape, "decode: need gates[query heads, 3]; got " + shape_text(gates.rows(), gates.cols()) +
                          " for out " + shape_text(y.rows(), y.cols()));
  matrix<float> branch(y.rows(), y.cols());
  const auto add = [&](index_t gate) {
    for (index_t r = 0; r < y.rows(); ++r)
      for (index_t d = 0; d < y.cols(); ++d)
        y(r, d) = (gate == 0 ? 0 : y(r, d)) + gates(r, gate) * branch(r, d);
  };
  decode(where, q, compressed, branch, options);
  add(0);
  decode(where, q, cache, branch, s.blocks, options);
  add(1);
  decode(where, q, cache, branch, select::ends{.sinks = 0, .window = s.window}, options);
  add(2);
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
