#pragma once
// SPDX-License-Identifier: BSL-1.0
// A file being written, for the writers of interop: every refusal of the system ends in a sentence.
//
//   output_file out(path);   out.append(...);   out.close();
//
// Without `close` (an error came between) what was written so far stays.
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <lacuna/core/error.hpp>
#include <string>
#include <string_view>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

class output_file {
 public:
  explicit output_file(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) refuse("a file that can be created");
    std::setvbuf(file_, nullptr, _IOFBF, std::size_t{1} << 16);
  }
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;
  ~output_file() {
    if (file_ != nullptr) std::fclose(file_);
  }

  void append(const void* bytes, std::size_t size) {
    if (size > 0 && std::fwrite(bytes, 1, size, file_) != size) refuse("room for all bytes");
  }
  void append(std::string_view text) { append(text.data(), text.size()); }
  /// The shortest text that reads back as the same number.
  template <class Number>
  void append_number(Number v) {
    char text[64];
    const auto r = std::to_chars(text, text + sizeof text, v);
    append(text, static_cast<std::size_t>(r.ptr - text));
  }
  /// Least significant byte first, as every binary format here has it.
  void append_little(std::uint16_t v) {
    const unsigned char bytes[2] = {static_cast<unsigned char>(v & 255), static_cast<unsigned char>(v >> 8)};
    append(bytes, 2);
  }
  void append_little(float v) {
    const auto u = std::bit_cast<std::uint32_t>(v);
    append_little(static_cast<std::uint16_t>(u & 0xffff));
    append_little(static_cast<std::uint16_t>(u >> 16));
  }
  void close() {
    std::FILE* const file = file_;
    file_ = nullptr;
    if (std::fclose(file) != 0) refuse("room for all bytes");
  }

 private:
  [[noreturn]] void refuse(const char* rule) const {
    fail(errc::io, std::string("file: need ") + rule + "; got " + std::strerror(errno) + " for " + path_);
  }
  std::string path_;
  std::FILE* file_;
};

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
