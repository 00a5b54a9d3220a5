#pragma once
// SPDX-License-Identifier: BSL-1.0
// Matrix files in memory, whole and broken: what the tests and the fuzz target of the format share.
#include <lacuna/format/encode.hpp>
#include <lacuna/interop/matrix_file.hpp>
#include <string>

#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

struct text_sink {
  std::string text;
  void append(const void* bytes, std::size_t size) { text.append(static_cast<const char*>(bytes), size); }
};

/// What `save` writes.
template <sparse_operand A>
std::string matrix_file_of(const A& a) {
  text_sink out;
  detail::write_matrix(out, view_of<A>(a));
  return out.text;
}

/// Shape, lengths and bytes of all arrays, whatever the file makes of them.
inline std::string bits(index_t rows, index_t cols, const std::vector<detail::plain_array>& arrays) {
  std::string s = shape_text(rows, cols);
  for (const auto& array : arrays) {
    s += "|" + count_text(array.about.length) + ":";
    s.append(static_cast<const char*>(array.data), array.bytes());
  }
  return s;
}
template <pattern P, codec C>
std::string bits(const sparse_view<P, C>& a) {
  return bits(a.rows(), a.cols(), detail::list_arrays<P, C>(a.where().at, a.values(), a.scales()));
}

/// P's arrays for a random matrix, with values of random bits, NaN and all, and cells that `validate` allows.
template <class P, class C>
sparse_matrix<P, C> random_bits(index_t rows, index_t cols, std::uint64_t seed) {
  sparse_matrix<P, C> a(rows, cols, encode<P, float>(random_for<P>(rows, cols, 0.3, seed)).where());
  random_source random(seed);
  auto* const p = reinterpret_cast<unsigned char*>(a.values().data());
  for (std::size_t n = 0; n < a.values().bytes(); ++n) p[n] = static_cast<unsigned char>(random.next());
  if constexpr (scaled_codec<C>)
    for (cell_t<C>& c : a.scales()) c = codec_of<C>::cell_for(-random.any() - 1, random.any() + 1);
  return a;
}

/// The first cut or flipped bit of a file that refused(file) does not see; "" when it sees them all.
template <class Refused>
std::string unseen_damage(const std::string& good, const Refused& refused) {
  for (std::size_t n = 0; n < good.size(); ++n) {
    if (!refused(good.substr(0, n))) return "cut at " + std::to_string(n);
    std::string flipped = good;
    for (int bit = 0; bit < 8; ++bit) {
      flipped[n] = static_cast<char>(good[n] ^ (1 << bit));
      if (!refused(flipped)) return "byte " + std::to_string(n) + ", bit " + std::to_string(bit);
    }
  }
  return "";
}

/// The bytes at an address that a view may have.
inline buffer<std::byte> aligned_bytes(const std::string& text) {
  buffer<std::byte> b(static_cast<index_t>(text.size()));
  if (!text.empty()) std::memcpy(b.data(), text.data(), text.size());
  return b;
}

template <class U>
void patch(std::string& file, std::size_t at, U value) {
  for (std::size_t n = 0; n < sizeof(U); ++n)
    if (at + n < file.size())
      file[at + n] = static_cast<char>(static_cast<unsigned char>(value >> (8 * n) & 255));
}
inline std::uint64_t word_at(const std::string& file, std::size_t at) {
  return detail::load_little<std::uint64_t>(reinterpret_cast<const std::byte*>(file.data()) + at);
}

/// Gives the arrays of a file, where they lie inside it, their right checksums.
inline void sum_arrays(std::string& file) {
  if (file.size() < 192) return;
  for (std::size_t n = 0, at = 192; n < word_at(file, 56) && at + 32 <= file.size(); ++n, at += 32) {
    const std::uint64_t element = word_at(file, at) & 0xffffffff, length = word_at(file, at + 8),
                        offset = word_at(file, at + 16);
    if (offset <= file.size() && element > 0 && length <= (file.size() - offset) / element)
      patch(file, at + 24, detail::xxh64(file.data() + offset, length * element));
  }
}
/// Gives the header, where it lies inside the file, its right checksum.
inline void sum_header(std::string& file) {
  if (file.size() < 192 || word_at(file, 56) > 64) return;
  const auto bytes =
      static_cast<std::size_t>(detail::matrix_header_bytes(static_cast<index_t>(word_at(file, 56))));
  if (bytes <= file.size()) patch(file, 16, detail::xxh64(file.data() + 24, bytes - 24));
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
