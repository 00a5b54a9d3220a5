#pragma once
// SPDX-License-Identifier: BSL-1.0
// Reads "PATTERN:CODEC[:KEEP]" against lists of words. Patterns may hold a colon themselves: nm2:4:bf16.
#include <lacuna/core/types.hpp>
#include <string>
#include <vector>

namespace story {

/// The spellings of one choice.
struct spelled {
  std::vector<std::string> words;
};

/// Fails with errc::argument and a sentence that begins with the option.
class form_words {
 public:
  form_words(std::string option, std::string words) : option_(std::move(option)), words_(std::move(words)) {}

  /// The place in `choices` of the one that stands next; passes it and its colon.
  std::size_t one_of(const std::string& what, const std::vector<spelled>& choices);
  bool more() const { return at_ < words_.size(); }
  /// 0 < share <= 1 as 0.5, 50% or 1/2. A `reason` not to give one refuses it.
  double share(const std::string& reason = "");
  /// A whole number.
  lacuna::index_t count(lacuna::index_t least, lacuna::index_t most);
  void pass() { at_ = words_.size(); }
  void end() const;
  std::string rest() const { return words_.substr(at_); }
  [[noreturn]] void refuse(const std::string& rule, const std::string& got) const;

 private:
  std::string option_, words_;
  std::size_t at_ = 0;
};

}  // namespace story
