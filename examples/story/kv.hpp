#pragma once
// SPDX-License-Identifier: BSL-1.0
// The key-value cache of one layer, its form chosen at run time.
//
//   bitmap:bf16:7/8     of each row of 8 channels the 7 largest stay, in bf16; the last 32 tokens are kept whole
//
// A window reads the first `sinks` and the last `recent` tokens only; positions stay what they were.
#include <lacuna/core/matrix.hpp>
#include <lacuna/exec/exec.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <memory>
#include <string>

namespace story {

using lacuna::index_t;
using threads = lacuna::exec<lacuna::pool_ref>;

struct kv_form {
  std::size_t place = 0;  // in the menu of kv.cpp
  double keep = 1;        // share of the channels of a row, for patterns that prune
};

/// Of "PATTERN:CODEC[:KEEP]", KEEP a share or a number of channels. Fails with errc::argument and the menu.
kv_form parse_kv_form(const std::string& words, index_t head_size);
std::string text_of(const kv_form& form);

struct attention_window {
  index_t sinks = 0, recent = 0;  // recent 0: all tokens

  bool all() const { return recent == 0; }
};

struct cache_shape {
  index_t heads = 0, kv_heads = 0, head_size = 0;
  index_t tokens = 0;  // at most
  attention_window window{};
};

class kv_layer {
 public:
  virtual ~kv_layer() = default;
  /// The next token: rows of kv_heads * head_size.
  virtual void append(const float* k, const float* v) = 0;
  /// One query of heads * head_size against all tokens so far, or those of the window.
  virtual void attend(const threads& where, const float* q, float* out) = 0;
  virtual void clear() = 0;
  virtual std::size_t bytes() const = 0;
};

std::unique_ptr<kv_layer> make_kv(const kv_form& form, const cache_shape& shape);

}  // namespace story
