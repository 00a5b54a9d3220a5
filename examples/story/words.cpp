// SPDX-License-Identifier: BSL-1.0
#include "words.hpp"

#include <cstdint>
#include <lacuna/core/error.hpp>

#include "../option_number.hpp"

using lacuna::errc, lacuna::fail, lacuna::index_t;

namespace story {

void form_words::refuse(const std::string& rule, const std::string& got) const {
  fail(errc::argument, option_ + ": need " + rule + "; got '" + got + "' in '" + words_ + "'");
}

std::size_t form_words::one_of(const std::string& what, const std::vector<spelled>& choices) {
  std::string menu;
  for (std::size_t c = 0; c < choices.size(); ++c) {
    for (const std::string& word : choices[c].words) {
      const std::size_t end = at_ + word.size();
      if (words_.compare(at_, word.size(), word) != 0 || (end < words_.size() && words_[end] != ':'))
        continue;
      at_ = end + (end < words_.size());
      return c;
    }
    menu += (c == 0 ? "" : " ") + choices[c].words[0];
  }
  refuse(what + " out of " + menu, rest());
}

double form_words::share(const std::string& reason) {
  const std::string word = rest();
  if (!reason.empty()) refuse("no share to keep, for " + reason, word);
  at_ = words_.size();
  double kept = 0;
  if (const std::size_t slash = word.find('/'); slash != std::string::npos)
    kept = option_number<double>(option_, word.substr(0, slash), 0, 1e9) /
           option_number<double>(option_, word.substr(slash + 1), 1, 1e9);
  else if (!word.empty() && word.back() == '%')
    kept = option_number<double>(option_, word.substr(0, word.size() - 1), 0, 100) / 100;
  else
    kept = option_number<double>(option_, word, 0, 1);
  if (!(kept > 0 && kept <= 1)) refuse("a share above 0 and up to 1", word);
  return kept;
}

index_t form_words::count(index_t least, index_t most) {
  const std::string word = rest();
  at_ = words_.size();
  return option_number<index_t>(option_, word, least, most);
}

void form_words::end() const {
  if (more() || (!words_.empty() && words_.back() == ':')) refuse("nothing after it", more() ? rest() : ":");
}

}  // namespace story
