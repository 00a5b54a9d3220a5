#pragma once
// SPDX-License-Identifier: BSL-1.0
// Numbers from a text of lines, for the readers of Matrix Market and .smtx. It never looks past the text's
// end.
//
//   12  7 -1.5e3 \r\n     words are parted by blanks and tabs (or a comma); a line ends in \n or \r\n
//
// Every refusal names the rule, what stands there, the line and the file:
//   matrix_market: need 1 <= row <= 5; got 7 at line 12 of w.mtx
#include <charconv>
#include <concepts>
#include <initializer_list>
#include <lacuna/core/aligned.hpp>
#include <string>
#include <string_view>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// At most 24 characters of a file for a message; what does not print shows as '?'.
inline std::string shown(std::string_view text) {
  std::string s = "'";
  for (const char c : text.substr(0, 24)) s += c >= ' ' && c <= '~' ? c : '?';
  return s + (text.size() > 24 ? "...'" : "'");
}

/// ASCII without control characters.
LACUNA_INLINE constexpr bool printable(std::string_view text) {
  for (const char c : text)
    if (c < ' ' || c > '~') return false;
  return true;
}

class line_reader {
 public:
  line_reader(const char* reader, array_view<const char> text, const std::string& name)
      : reader_(reader), at_(text.data()), end_(text.data() + text.size()), name_(&name) {}

  index_t bytes_left() const { return end_ - at_; }
  bool at_end() const { return at_ == end_; }
  /// Blanks are passed first.
  bool at_line_end() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
    return ends_line(at_);
  }
  bool at(char c) const { return at_ != end_ && *at_ == c; }

  void skip_line() {
    while (at_ != end_ && *at_ != '\n') ++at_;
    if (at_ != end_) ++at_, ++line_;
  }
  void skip_empty_lines() {
    while (at_line_end() && at_ != end_) skip_line();
  }
  /// Nothing may be left on the line; `after` says after what.
  void end_line(const std::string& after) {
    if (!at_line_end()) refuse(errc::data, "nothing after " + after, here());
    skip_line();
  }
  /// Nothing but empty lines may be left.
  void end_text(const std::string& after) {
    skip_empty_lines();
    if (!at_end()) refuse(errc::data, "nothing after " + after, here());
  }
  void expect(char c) {
    if (at_line_end() || *at_ != c) refuse(errc::data, std::string("'") + c + "'", here());
    ++at_;
  }

  /// Which of `words` stands next, whatever its case; `rule` is what the file should have said.
  index_t one_of(std::initializer_list<std::string_view> words, const std::string& rule) {
    at_line_end();
    const std::string_view got = word();
    index_t n = 0;
    for (const std::string_view w : words) {
      if (same(got, w)) {
        at_ += got.size();
        return n;
      }
      ++n;
    }
    refuse(errc::data, rule, here());
  }

  /// An integer with lowest <= value <= most; `why` explains the bound in the message.
  index_t integer(const char* what, index_t lowest, index_t most, const char* why = "") {
    if (at_line_end()) refuse(errc::data, std::string("an integer ") + what, here());
    index_t v = 0;
    const auto r = std::from_chars(at_, end_, v);
    if (r.ec == std::errc::invalid_argument || !ends_word(r.ptr))
      refuse(errc::data, std::string("an integer ") + what, here());
    if (r.ec == std::errc::result_out_of_range)
      refuse(errc::overflow, std::string("an integer ") + what + " that fits 63 bits", here());
    if (v < lowest || v > most)
      refuse(errc::data, count_text(lowest) + " <= " + what + " <= " + count_text(most) + why,
             count_text(v));
    at_ = r.ptr;
    return v;
  }

  /// A number, correctly rounded; also nan, inf, infinity. What is too small for float becomes 0 or a
  /// subnormal number; what is too large for T, or outside the range of double, is refused.
  template <std::floating_point T>
  T number(const char* what) {
    if (at_line_end()) refuse(errc::data, std::string(what) + " to be a number", here());
    const bool plus = *at_ == '+' && at_ + 1 != end_ && at_[1] != '-';  // from_chars takes no plus
    const char* const first = plus ? at_ + 1 : at_;
    T v = 0;
    const auto r = std::from_chars(first, end_, v);
    if (r.ec == std::errc::invalid_argument || !ends_word(r.ptr))
      refuse(errc::data, std::string(what) + " to be a number", here());
    if (r.ec == std::errc::result_out_of_range) {
      double wide = 0;
      const bool tiny = std::from_chars(first, end_, wide).ec == std::errc{} && wide > -1 && wide < 1;
      if (!tiny)
        refuse(errc::overflow,
               std::string(what) + " in the range of " + (sizeof(T) == sizeof(float) ? "float" : "double"),
               here());
      v = static_cast<T>(wide);
    }
    at_ = r.ptr;
    return v;
  }

  /// What stands here, for a message.
  std::string here() const {
    if (at_ == end_) return "the end of the text";
    return ends_line(at_) ? "the end of the line" : shown(word());
  }
  [[noreturn]] LACUNA_NOINLINE void refuse(errc code, const std::string& rule, const std::string& got) const {
    fail(code, std::string(reader_) + ": need " + rule + "; got " + got + " at line " +
                   count_text(line_) + " of " + *name_);
  }

 private:
  bool ends_line(const char* p) const {
    return p == end_ || *p == '\n' || (*p == '\r' && (p + 1 == end_ || p[1] == '\n'));
  }
  bool ends_word(const char* p) const { return ends_line(p) || *p == ' ' || *p == '\t' || *p == ','; }
  std::string_view word() const {
    const char* last = at_;
    while (!ends_line(last) && *last != ' ' && *last != '\t') ++last;
    return {at_, static_cast<std::size_t>(last - at_)};
  }
  static bool same(std::string_view got, std::string_view lower) {
    if (got.size() != lower.size()) return false;
    for (std::size_t c = 0; c < got.size(); ++c)
      if ((got[c] >= 'A' && got[c] <= 'Z' ? got[c] - 'A' + 'a' : got[c]) != lower[c]) return false;
    return true;
  }

  const char* reader_;
  const char* at_;
  const char* end_;
  const std::string* name_;
  index_t line_ = 1;
};

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
