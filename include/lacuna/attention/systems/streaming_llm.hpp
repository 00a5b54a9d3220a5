#pragma once
// SPDX-License-Identifier: BSL-1.0
// StreamingLLM (arXiv 2309.17453) and DuoAttention (arXiv 2410.10819): static lists.
//
//   streaming_llm{.sinks = 4, .window = 1020}          every head: the first tokens and the last ones, token by token
//   duo_attention{.streaming = 0b01011010}             KV heads whose bit is set stream, the others read all
//
// The papers drop the rest and give positions by cache slot; here keys keep their positions and the cache may release what is
// never read (kv_cache::retain). Which heads stream is learned offline.
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/systems/promises.hpp>

namespace lacuna {

struct streaming_llm {
  static constexpr promises keeps = promise::full_budget | promise::forced | promise::mass | promise::merge |
                                    promise::incremental | promise::groups;
  index_t sinks = 4, window = 1020;  ///< tokens
  LACUNA_INLINE select::ends parts() const { return {.sinks = sinks, .window = window}; }
};

struct duo_attention {
  static constexpr promises keeps = streaming_llm::keeps;
  std::uint64_t streaming = 0;       ///< KV heads
  index_t sinks = 64, window = 256;  ///< tokens, of streaming heads
  LACUNA_INLINE auto parts() const {
    return select::split_heads<select::ends, select::all>{.heads = streaming,
                                                          .a = {.sinks = sinks, .window = window}};
  }
};

}  // namespace lacuna
