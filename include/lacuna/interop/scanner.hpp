#pragma once
// SPDX-License-Identifier: BSL-1.0
// Signs, sizes and strings from the short headers of binary files (npy, safetensors). It never looks past the
// header's end, holds no stack and calls itself nowhere.
//
// Every refusal names the rule, what stands there, the byte and the file:
//   npy: need ':'; got 'x': 1}' at byte 14 of w.npy
#include <charconv>
#include <lacuna/core/aligned.hpp>
#include <lacuna/interop/line_reader.hpp>
#include <string>
#include <string_view>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

class scanner {
 public:
  /// `first_byte` is where `text` starts in its file.
  scanner(const char* reader, std::string_view text, index_t first_byte, const std::string& name)
      : reader_(reader), text_(text), first_byte_(first_byte), name_(&name) {}

  bool accept(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse(std::string("'") + c + "'");
  }
  bool accept(std::string_view word) {
    skip_space();
    if (text_.substr(0, word.size()) != word) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  void expect_end() {
    skip_space();
    if (!text_.empty()) refuse("nothing after the header");
  }
  /// Digits without sign or leading zeros that fit 63 bits.
  index_t size(const char* what) {
    skip_space();
    index_t v = 0;
    const char* const first = text_.data();
    const auto r = std::from_chars(first, first + text_.size(), v);
    if (r.ec == std::errc::invalid_argument || *first == '-' || (*first == '0' && r.ptr - first > 1))
      refuse(std::string(what) + " to be an integer >= 0");
    if (r.ec == std::errc::result_out_of_range)
      refuse(std::string(what) + " that fits 63 bits", errc::overflow);
    text_.remove_prefix(static_cast<std::size_t>(r.ptr - first));
    return v;
  }
  /// Printable ASCII between two of the same quotes; no escapes.
  std::string_view plain_string() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    std::size_t n = 0;
    while (n < text_.size() && text_[n] != quote && text_[n] >= ' ' && text_[n] <= '~' && text_[n] != '\\')
      ++n;
    if (n == text_.size() || text_[n] != quote) refuse("a closed string of plain characters");
    const std::string_view inside = text_.substr(0, n);
    text_.remove_prefix(n + 1);
    return inside;
  }
  /// The next byte as it is.
  unsigned char take(const char* rule) {
    if (text_.empty()) refuse(rule);
    const char c = text_.front();
    text_.remove_prefix(1);
    return static_cast<unsigned char>(c);
  }
  std::string_view rest() const { return text_; }

  [[noreturn]] LACUNA_NOINLINE void refuse(const std::string& rule, errc code = errc::data) const {
    const auto byte = first_byte_ + (text_.data() - start_);
    fail(code, std::string(reader_) + ": need " + rule + "; got " +
                   (text_.empty() ? std::string("the end of the header") : shown(text_)) + " at byte " +
                   count_text(byte) + " of " + *name_);
  }

 private:
  void skip_space() {
    while (!text_.empty() && std::string_view(" \t\n\r").find(text_.front()) != std::string_view::npos)
      text_.remove_prefix(1);
  }

  const char* reader_;
  std::string_view text_;
  const char* start_ = text_.data();
  index_t first_byte_;
  const std::string* name_;
};

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
