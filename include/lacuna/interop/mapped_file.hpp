#pragma once
// SPDX-License-Identifier: BSL-1.0
// A whole file as read-only memory: mapped where POSIX is, read into memory elsewhere.
//
//   mapped_file f("w.safetensors");   f.bytes(), f.text(): valid as long as f, or what it was moved to, lives
//
// The caller's promise: nobody shortens the file meanwhile (the system would end the program at the next
// read).
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <lacuna/core/aligned.hpp>
#include <string>
#include <utility>
#if defined(__unix__) || defined(__APPLE__)
#  include <fcntl.h>
#  include <sys/mman.h>
#  include <sys/stat.h>
#  include <unistd.h>
#else
#  include <cstdio>
#endif

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

[[noreturn]] inline void refuse_file(const std::string& path, const char* rule, const std::string& reason) {
  fail(errc::io, std::string("file: need ") + rule + "; got " + reason + " for " + path);
}

#if defined(__unix__) || defined(__APPLE__)
/// The mapping of a regular file; an empty one is not mapped.
inline array_view<const std::byte> map_file(const std::string& path) {
  // Without O_NONBLOCK the opening of a pipe would wait for its writer.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) refuse_file(path, "a file that can be opened", std::strerror(errno));
  struct stat about {};
  const bool known = ::fstat(file, &about) == 0, regular = known && S_ISREG(about.st_mode);
  const auto size = regular ? static_cast<index_t>(about.st_size) : 0;
  void* const at =
      size > 0 ? ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, file, 0) : nullptr;
  const int reason = errno;
  ::close(file);
  if (!known) refuse_file(path, "a file whose size is known", std::strerror(reason));
  if (!regular) refuse_file(path, "a regular file", "a folder, pipe or device");
  if (at == MAP_FAILED) refuse_file(path, "a file that can be mapped", std::strerror(reason));
  return {static_cast<const std::byte*>(at), size};
}
#else
inline buffer<std::byte> read_file(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) refuse_file(path, "a file that can be opened", std::strerror(errno));
  const bool sought = std::fseek(file, 0, SEEK_END) == 0;
  const long size = sought ? std::ftell(file) : -1;
  bool ok = size >= 0 && std::fseek(file, 0, SEEK_SET) == 0;
  buffer<std::byte> memory(ok ? static_cast<index_t>(size) : 0);
  if (ok && size > 0) ok = std::fread(memory.data(), memory.bytes(), 1, file) == 1;
  std::fclose(file);
  if (!ok) refuse_file(path, "a regular file that can be read", "an error");
  return memory;
}
#endif

}  // namespace LACUNA_ARCH
}  // namespace detail

/// Read-only, move-only. Fails with errc::io, the path and the system's reason.
class mapped_file {
 public:
  LACUNA_INLINE mapped_file() = default;
  LACUNA_INLINE mapped_file(mapped_file&& o) noexcept { swap(o); }
  LACUNA_INLINE mapped_file& operator=(mapped_file&& o) noexcept {
    mapped_file taken(std::move(o));
    swap(taken);
    return *this;
  }
#if defined(__unix__) || defined(__APPLE__)
  LACUNA_INLINE explicit mapped_file(const std::string& path) : bytes_(detail::map_file(path)) {}
  LACUNA_INLINE ~mapped_file() {
    if (bytes_.size() > 0)
      ::munmap(const_cast<std::byte*>(bytes_.data()), static_cast<std::size_t>(bytes_.size()));
  }
#else
  LACUNA_INLINE explicit mapped_file(const std::string& path)
      : memory_(detail::read_file(path)), bytes_(memory_) {}
#endif

  LACUNA_INLINE array_view<const std::byte> bytes() const { return bytes_; }
  LACUNA_INLINE array_view<const char> text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  LACUNA_INLINE void swap(mapped_file& o) noexcept {
#if !defined(__unix__) && !defined(__APPLE__)
    std::swap(memory_, o.memory_);
#endif
    std::swap(bytes_, o.bytes_);
  }

#if !defined(__unix__) && !defined(__APPLE__)
  buffer<std::byte> memory_;
#endif
  array_view<const std::byte> bytes_;
};

}  // namespace lacuna
