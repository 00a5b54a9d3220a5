#pragma once
// SPDX-License-Identifier: BSL-1.0
// GGUF files in memory: what the tests and the fuzz target of the reader share.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

template <class U>
std::string little(U v) {
  std::string s;
  for (std::size_t n = 0; n < sizeof(U); ++n)
    s += static_cast<char>(static_cast<unsigned char>(v >> (8 * n) & 255));
  return s;
}
inline std::string u32(std::uint32_t v) { return little(v); }
inline std::string u64(std::uint64_t v) { return little(v); }
/// A text as the format has it.
inline std::string gguf_string(const std::string& s) { return u64(s.size()) + s; }

/// Puts a file together; offsets and padding are what the format asks for, unless a test says otherwise.
class gguf_writer {
 public:
  std::uint32_t version = 3;
  std::uint64_t align = 32;
  bool padded_end = true;

  /// `value` as it stands in the file.
  gguf_writer& pair(const std::string& key, std::uint32_t type, const std::string& value) {
    pairs_ += gguf_string(key) + u32(type) + value;
    ++pair_count_;
    return *this;
  }
  gguf_writer& aligned(std::uint32_t to) {
    align = to;
    return pair("general.alignment", 4, u32(to));
  }
  /// `more` is added to the right offset.
  gguf_writer& tensor(const std::string& name, std::uint32_t type, const std::vector<std::uint64_t>& dims,
                      const std::string& bytes, std::uint64_t more = 0) {
    pad(data_);
    infos_ += gguf_string(name) + u32(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t d : dims) infos_ += u64(d);
    infos_ += u32(type) + u64(data_.size() + more);
    data_ += bytes;
    ++tensor_count_;
    return *this;
  }
  std::string file() const {
    std::string s = "GGUF" + u32(version) + u64(tensor_count_) + u64(pair_count_) + pairs_ + infos_;
    if (tensor_count_ > 0) pad(s);
    s += data_;
    if (padded_end) pad(s);
    return s;
  }

 private:
  void pad(std::string& s) const { s.resize((s.size() + align - 1) / align * align, '\0'); }
  std::string pairs_, infos_, data_;
  std::uint64_t pair_count_ = 0, tensor_count_ = 0;
};

inline std::string random_bytes(std::size_t n, std::uint64_t seed) {
  random_source random(seed);
  std::string s;
  while (s.size() < n) s += static_cast<char>(static_cast<unsigned char>(random.next() & 255));
  return s;
}

/// Blocks of a scale and `codes` bytes, both of random bits; no scale is infinite or NaN.
inline std::string random_blocks(index_t blocks, std::size_t codes, std::uint64_t seed) {
  std::string s;
  for (index_t b = 0; b < blocks; ++b) {
    std::string block = random_bytes(2 + codes, seed * 1000 + static_cast<std::uint64_t>(b));
    if ((block[1] & 0x7c) == 0x7c) block[1] = static_cast<char>(block[1] ^ 0x40);
    s += block;
  }
  return s;
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
