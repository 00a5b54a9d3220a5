#pragma once
// SPDX-License-Identifier: BSL-1.0
// DuoAttention (arXiv 2410.10819): KV heads whose bit is set stream, the others read all.
//
//   duo_attention{.streaming = 0b01011010}
//
// Which heads stream is learned offline: systems/head_gates.hpp makes the bits of a table of gates.
#include <lacuna/attention/systems/streaming_llm.hpp>

namespace lacuna {

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
