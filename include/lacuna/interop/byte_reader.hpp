#pragma once
// SPDX-License-Identifier: BSL-1.0
// Numbers, texts and counts from the bytes of a binary file, one after the other. It never looks past the end, and
// takes no count or length at its word.
//
// Every refusal names the rule, what stands there, the byte where the field begins and the file:
//   gguf: need version 2 or 3; got 9 at byte 4 of w.gguf
#include <lacuna/core/aligned.hpp>
#include <lacuna/interop/line_reader.hpp>
#include <lacuna/interop/numbers.hpp>
#include <string>
#include <string_view>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

class byte_reader {
 public:
  byte_reader(const char* reader, array_view<const std::byte> file, const std::string& name)
      : reader_(reader), file_(file), name_(&name) {}

  array_view<const std::byte> file() const { return file_; }
  index_t at() const { return at_; }
  index_t left() const { return file_.size() - at_; }

  template <class U>
  U number(const char* what) {
    return load_little<U>(take(sizeof(U), what));
  }
  std::string_view characters(std::uint64_t n, const char* what) {
    const std::byte* const p = take(n, what);
    return text_of(p, static_cast<index_t>(n));
  }
  /// A length of 8 bytes, at most `most`, and so many characters.
  std::string_view text(const char* what, std::uint64_t most) {
    const index_t start = at_;
    const auto n = number<std::uint64_t>(what);
    if (n > most) refuse(std::string(what) + " of at most " + count_text(most) + " bytes", count_text(n));
    const std::string_view all = characters(n, what);
    field_ = start;
    return all;
  }
  /// A count of 8 bytes, of things that take at least `least` bytes each: no more than the rest of the file can hold.
  index_t count(const char* what, std::uint64_t least) {
    const auto n = number<std::uint64_t>(what);
    if (n > static_cast<std::uint64_t>(left()) / least)
      refuse(std::string(what) + " that fits the " + count_text(left()) + " bytes that are left",
             count_text(n));
    return static_cast<index_t>(n);
  }

  /// About the field that was read last.
  [[noreturn]] LACUNA_NOINLINE void refuse(const std::string& rule, const std::string& got) const {
    refuse_at(field_, rule, got);
  }
  [[noreturn]] LACUNA_NOINLINE void refuse_at(index_t byte, const std::string& rule,
                                              const std::string& got) const {
    fail(errc::data, std::string(reader_) + ": need " + rule + "; got " + got + " at byte " +
                         count_text(byte) + " of " + *name_);
  }

 private:
  const std::byte* take(std::uint64_t n, const char* what) {
    field_ = at_;
    if (n > static_cast<std::uint64_t>(left()))
      refuse(count_text(n) + " bytes of " + what, count_text(left()));
    const std::byte* const p = file_.data() + at_;
    at_ += static_cast<index_t>(n);
    return p;
  }

  const char* reader_;
  array_view<const std::byte> file_;
  const std::string* name_;
  index_t at_ = 0, field_ = 0;
};

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
