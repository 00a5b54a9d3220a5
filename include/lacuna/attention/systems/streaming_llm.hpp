#pragma once
// SPDX-License-Identifier: BSL-1.0
// StreamingLLM (arXiv 2309.17453): every head reads its first tokens and its last ones, token by token.
//
//   streaming_llm{.sinks = 4, .window = 1020}
//
// The paper drops the rest and gives positions by cache slot; here keys keep their positions and the cache may release what is
// never read (kv_cache::retain).
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

struct streaming_llm {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups;
  index_t sinks = 4, window = 1020;  ///< tokens
  LACUNA_INLINE select::ends parts() const { return {.sinks = sinks, .window = window}; }
};

}  // namespace lacuna
