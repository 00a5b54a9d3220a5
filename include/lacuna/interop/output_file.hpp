#pragma once
// SPDX-License-Identifier: BSL-1.0
// A file being written, for the writers of interop: every refusal of the system ends in a sentence.
//
//   output_file out(path);   out.append(...);   out.close();
//
// Without `close` (an error came between) what was written so far stays. A `replacing_file` is written the
// same way, but has its name only from `close` on.
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <lacuna/core/error.hpp>
#include <string>
#include <string_view>
#if defined(__unix__) || defined(__APPLE__)
#  include <unistd.h>
#endif

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
  /// Waits for the disk: some systems tell only here that it is full or broken.
  void sync() {
    if (std::fflush(file_) != 0) refuse("room for all bytes");
#if defined(__unix__) || defined(__APPLE__)
    if (::fsync(::fileno(file_)) != 0 && errno != EINVAL) refuse("a disk that takes all bytes");
#endif
  }

 private:
  [[noreturn]] void refuse(const char* rule) const {
    fail(errc::io, std::string("file: need ") + rule + "; got " + std::strerror(errno) + " for " + path_);
  }
  std::string path_;
  std::FILE* file_;
};

/// A whole file or none: the bytes go to a file beside `path`, which takes that name, and the place of an
/// older file, when they are all on the disk. Without `close` nothing is left of it.
class replacing_file {
 public:
  explicit replacing_file(const std::string& path)
      : path_(path), part_{path + ".part" + own_number()}, out_(part_.path) {}

  void append(const void* bytes, std::size_t size) { out_.append(bytes, size); }
  void close() {
    out_.sync();
    out_.close();
#if !defined(__unix__) && !defined(__APPLE__)
    std::remove(path_.c_str());  // there a name must be free to be taken
#endif
    if (std::rename(part_.path.c_str(), path_.c_str()) != 0)
      fail(errc::io,
           std::string("file: need a name that can be taken; got ") + std::strerror(errno) + " for " + path_);
    part_.path.clear();
  }

 private:
  /// Outlives the open file, which not every system removes.
  struct unfinished {
    std::string path;
    ~unfinished() {
      if (!path.empty()) std::remove(path.c_str());
    }
  };
  /// No other writer of the same path has it, in this process or another.
  std::string own_number() const {
    std::string number = count_text(reinterpret_cast<std::uintptr_t>(this));
#if defined(__unix__) || defined(__APPLE__)
    number += "_" + count_text(::getpid());
#endif
    return number;
  }
  std::string path_;
  unfinished part_;
  output_file out_;
};

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
