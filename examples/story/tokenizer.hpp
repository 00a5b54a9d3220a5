#pragma once
// SPDX-License-Identifier: BSL-1.0
// A llama2.c tokenizer: pieces of text with scores, merged pair by pair, best score first.
//
//   longest piece (4 bytes), then for each token: score (float32), length (4 bytes), its bytes
//
//   "Once upon" -> ' ' 'O' 'n' 'c' 'e' ... -> " Once" " up" "on"        a blank is put before the text
//
// Token 1 begins a story, 2 ends it. A character without a token of its own becomes its bytes, "<0x00>" .. "<0xFF>".
#include <lacuna/core/aligned.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace story {

using lacuna::array_view, lacuna::index_t;

inline constexpr int begin_token = 1, end_token = 2;

class tokenizer {
 public:
  /// `vocab` tokens, as many as the model has. Fails with errc::data and one sentence on any other file.
  tokenizer(array_view<const std::byte> file, index_t vocab, const std::string& name);
  tokenizer(tokenizer&&) = default;
  tokenizer(const tokenizer&) = delete;  // ids_ looks at the characters of pieces_

  /// Without begin_token; none for an empty text. Of pairs with the same score the first one merges. n log n steps.
  /// Fails with errc::data when a character has no token.
  std::vector<int> encode(std::string_view text) const;

  /// What to show for `token` after `previous`: without the blank that begins a story, without control characters.
  std::string text(int previous, int token) const;

  index_t size() const { return static_cast<index_t>(pieces_.size()); }

 private:
  int id(std::string_view piece) const;
  std::vector<int> characters(std::string_view text) const;
  int merged(int left, int right, std::string& scratch) const;

  std::vector<std::string> pieces_;
  std::vector<float> scores_;
  std::unordered_map<std::string_view, int> ids_;
  std::string name_;
};

}  // namespace story
