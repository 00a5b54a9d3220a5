#pragma once
// SPDX-License-Identifier: BSL-1.0
// What the user asked for. `parse` fails with one sentence on anything it does not understand.
#include <cstdint>
#include <lacuna/core/types.hpp>
#include <string>

#include "kv.hpp"
#include "layers.hpp"

namespace story {

struct arguments {
  std::string checkpoint, tokenizer;
  std::string prompt;
  index_t steps = 0;  // 0: as many as the context has room for, up to 256
  double temperature = 0;
  std::uint64_t seed = 1;
  bool ids = false, help = false;
  std::string perplexity;            // a text file; none: tell a story
  index_t context = 0, windows = 0;  // 0: all
  layer_form weights{};
  std::string kv = "dense:f32";
  attention_window window{};
  select_form select{};
  index_t threads = 1;
};

arguments parse(int count, char** words);

extern const char* const usage;

}  // namespace story
