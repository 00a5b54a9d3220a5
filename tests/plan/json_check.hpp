#pragma once
// SPDX-License-Identifier: BSL-1.0
// Is this JSON (RFC 8259)? A recogniser of its grammar, value by value.
#include <cctype>
#include <lacuna/core/config.hpp>
#include <string>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

class json_check {
 public:
  /// Where the text stops being JSON; its length when it is.
  static std::size_t good_until(const std::string& text) {
    json_check c(text);
    const bool good = c.value();
    c.blanks();
    return good ? c.at_ : std::min(c.at_, text.size() - 1);
  }

 private:
  explicit json_check(const std::string& text) : text_(text) {}
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) { return here() == c && c != '\0' ? ++at_, true : false; }
  void blanks() {
    while (here() == ' ' || here() == '\n' || here() == '\r' || here() == '\t') ++at_;
  }
  bool word(const std::string& w) {
    if (text_.compare(at_, w.size(), w) != 0) return false;
    at_ += w.size();
    return true;
  }
  bool digits() {
    const std::size_t first = at_;
    while (std::isdigit(static_cast<unsigned char>(here()))) ++at_;
    return at_ > first;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    while (!take('"')) {
      const auto c = static_cast<unsigned char>(here());
      if (c < 0x20 || c > 0x7e) return false;  // ours is plain ASCII
      ++at_;
      if (c != '\\') continue;
      if (take('u')) {
        for (int n = 0; n < 4; ++n)
          if (!std::isxdigit(static_cast<unsigned char>(text_[at_++]))) return false;
      } else if (std::string("\"\\/bfnrt").find(here()) == std::string::npos) {
        return false;
      } else {
        ++at_;
      }
    }
    return true;
  }
  bool list(char end, bool keys) {
    ++at_;
    blanks();
    if (take(end)) return true;
    do {
      blanks();
      if (keys && !(string() && (blanks(), take(':')))) return false;
      if (!value()) return false;
      blanks();
    } while (take(','));
    return take(end);
  }
  bool value() {
    blanks();
    if (here() == '{') return list('}', true);
    if (here() == '[') return list(']', false);
    if (here() == '"') return string();
    return word("true") || word("false") || word("null") || number();
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
