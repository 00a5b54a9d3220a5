#pragma once
// SPDX-License-Identifier: BSL-1.0
// A JSON string (RFC 8259) with its escapes undone. Control characters, broken UTF-8 and lone surrogates are
// refused, so that two names are equal exactly when their bytes are.
#include <lacuna/interop/scanner.hpp>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// How many bytes the UTF-8 character at the start of `text` has; 0 when there is no valid one.
inline std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t n) { return n < text.size() ? static_cast<unsigned char>(text[n]) : 0u; };
  const unsigned c = at(0);
  if (c < 0x80) return text.empty() ? 0 : 1;
  const std::size_t n = c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
  // The second byte's range leaves out overlong forms, surrogates and what is above U+10FFFF.
  const unsigned low = c == 0xe0   ? 0xa0
                       : c == 0xf0 ? 0x90
                                   : 0x80,
                 high = c == 0xed   ? 0x9f
                        : c == 0xf4 ? 0x8f
                                    : 0xbf;
  if (n == 0 || at(1) < low || at(1) > high) return 0;
  for (std::size_t k = 2; k < n; ++k)
    if ((at(k) & 0xc0) != 0x80) return 0;
  return n;
}

inline void append_utf8(std::string& s, unsigned c) {
  const auto put = [&](unsigned byte) { s += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xc0 | c >> 6), put(0x80 | (c & 63));
  if (c < 0x10000) return put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
  put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
}

inline unsigned read_hex4(scanner& in) {
  unsigned v = 0;
  for (int n = 0; n < 4; ++n) {
    const unsigned char c = in.take("four hexadecimal digits");
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) in.refuse("four hexadecimal digits");
    v = v * 16 + static_cast<unsigned>(digit);
  }
  return v;
}

/// What follows a backslash.
inline void read_escape(scanner& in, std::string& s) {
  static constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  const auto c = static_cast<char>(in.take("an escape"));
  if (const std::size_t n = letters.find(c); n != letters.npos) {
    s += meanings[n];
    return;
  }
  if (c != 'u') in.refuse("an escape that JSON knows");
  unsigned v = read_hex4(in);
  if (v >= 0xd800 && v < 0xdc00) {
    if (in.take("a pair of surrogates") != '\\' || in.take("a pair of surrogates") != 'u')
      in.refuse("a pair of surrogates");
    const unsigned second = read_hex4(in);
    if (second < 0xdc00 || second > 0xdfff) in.refuse("a pair of surrogates");
    v = 0x10000 + ((v - 0xd800) << 10 | (second - 0xdc00));
  } else if (v >= 0xdc00 && v < 0xe000) {
    in.refuse("a pair of surrogates");
  }
  append_utf8(s, v);
}

inline std::string read_json_string(scanner& in) {
  in.expect('"');
  std::string s;
  for (;;) {
    const std::size_t n = utf8_length(in.rest());
    if (n == 0) in.refuse(in.rest().empty() ? "a closed string" : "UTF-8 in a string");
    const auto c = static_cast<unsigned char>(in.rest().front());
    if (c < 0x20) in.refuse("control characters of a string to be escaped");
    const std::string_view raw = in.rest().substr(0, n);
    for (std::size_t k = 0; k < n; ++k) in.take("");
    if (c == '"') return s;
    if (c == '\\')
      read_escape(in, s);
    else
      s += raw;
  }
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
