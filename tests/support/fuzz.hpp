#pragma once
// SPDX-License-Identifier: BSL-1.0
// What every fuzz target shares: a source of small choices, and a watch over the memory that a call takes.
//
//   const test::memory_bound bound(2 * size + (1 << 20));   traps when more than that lives at once
#include <sanitizer/allocator_interface.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <lacuna/core/error.hpp>
#include <string>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Bytes as choices; zeros when there are no more.
class fuzz_source {
 public:
  fuzz_source(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  std::uint8_t byte() { return at_ == end_ ? std::uint8_t{0} : *at_++; }
  /// In [0, n), n <= 256.
  index_t below(index_t n) { return byte() % n; }
  std::uint64_t word() {
    std::uint64_t v = 0;
    for (int n = 0; n < 8; ++n) v = v << 8 | byte();
    return v;
  }
  /// Mostly in [-1, most + 1], sometimes anything.
  std::int64_t near(std::int64_t most) {
    const std::uint8_t b = byte();
    if (b < 250) return static_cast<std::int64_t>(b) % (most + 3) - 1;
    return b == 255 ? static_cast<std::int64_t>(word()) : most + b - 252;
  }
  bool empty() const { return at_ == end_; }
  const std::uint8_t* rest() const { return at_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

/// Bytes at the places that place(first byte of a patch) names become others, or the file is cut there.
template <class Place>
void patch_file(fuzz_source& in, std::string& file, const Place& place) {
  while (!in.empty()) {
    const std::uint8_t where = in.byte();
    const std::size_t at = place(where);
    const std::uint8_t what = in.byte();
    if (what == 255)
      file.resize(at < 4096 ? at : 4096);
    else if (at < file.size())
      file[at] = static_cast<char>(what);
  }
}

struct living_memory {
  static inline std::size_t now = 0, most = 0;
  static void add(const volatile void*, std::size_t size) {
    now += size;
    if (now > most) most = now;
  }
  static void remove(const volatile void* p) {
    const std::size_t size = p == nullptr ? 0 : __sanitizer_get_allocated_size(p);
    now -= size < now ? size : now;
  }
};

/// Traps at its end when more than `most` bytes of the heap, taken since its birth, lived at once.
class memory_bound {
 public:
  explicit memory_bound(std::size_t most) : most_(most) {
    static const bool hooked =
        __sanitizer_install_malloc_and_free_hooks(living_memory::add, living_memory::remove) != 0;
    if (!hooked) std::abort();
    living_memory::now = living_memory::most = 0;
  }
  memory_bound(const memory_bound&) = delete;
  memory_bound& operator=(const memory_bound&) = delete;
  ~memory_bound() {
    if (living_memory::most > most_) __builtin_trap();
  }

 private:
  std::size_t most_;
};

/// A law that must hold for every input.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// Runs f; a refusal must be a sentence of at most a few hundred characters. True when f went through.
template <class F>
bool accepted(F&& f) {
  try {
    f();
    return true;
  } catch (const error& e) {
    const std::string said = e.what();
    require(said.find(": need ") != said.npos && said.find("; got ") != said.npos && said.size() < 500);
    return false;
  }
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
