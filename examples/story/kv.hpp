#pragma once
// SPDX-License-Identifier: BSL-1.0
// The key-value cache of one layer, its form chosen at run time.
//
//   dense:int4        keys by channel, values by token; the last 32 to 63 tokens stay exact
//   bitmap:bf16:7     of each row of a head the 7 largest channels stay, in bf16; the last 32 to 63 tokens stay exact
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
  index_t keep = 0;       // channels of a row that stay, for a form that asks for them
};

/// Of "PATTERN:CODEC[:KEEP]", KEEP a number of channels or a share of them. Fails with errc::argument and the menu.
kv_form parse_kv_form(const std::string& words, index_t head_size);
std::string text_of(const kv_form& form);

struct attention_window {
  index_t sinks = 0, recent = 0;  // recent 0: all tokens

  bool all() const { return recent == 0; }
};

/// Which keys are attended: a place in the menu of select.cpp, and how many of them.
struct select_form {
  bool none = true;  // all keys
  std::size_t place = 0;
  index_t budget = 0;
  double share = 0;  // above 0: of the keys there are, in place of the budget
  int page = 0;      // keys that are chosen together; 0: by themselves, or all that are not old

  index_t tokens(index_t all) const;
};
/// Keys that were read, of those there were: summed over steps and heads.
struct read_share {
  double read = 0, all = 0;
};

struct cache_shape {
  index_t heads = 0, kv_heads = 0, head_size = 0;
  index_t tokens = 0;  // at most
  attention_window window{};
  index_t layer = 0;
};

class kv_layer {
 public:
  virtual ~kv_layer() = default;
  /// The next token: rows of kv_heads * head_size.
  virtual void append(const float* k, const float* v) = 0;
  /// One query of heads * head_size against all tokens so far, or those of the window.
  virtual void attend(const threads& where, const float* q, float* out) = 0;
  virtual void clear() = 0;
  /// In use.
  virtual std::size_t bytes() const = 0;
  /// Nothing where all keys are read.
  virtual read_share share() const { return {}; }
};

using kv_pointer = std::unique_ptr<kv_layer>;

kv_pointer make_kv(const kv_form& form, const cache_shape& shape);

}  // namespace story
