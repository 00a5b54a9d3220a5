#pragma once
// SPDX-License-Identifier: BSL-1.0
// XXH64 with seed 0, the checksum of matrix files: every xxHash tool computes the same number.
//
//   four lanes of 8 bytes:   lane = rotate(lane + word * p2, 31) * p1
//   then mixed with the length and what is left over      14 GB/s from L1, the speed of DRAM beyond
//
// It finds damage, not malice: whoever writes a file can write its checksum.
#include <bit>
#include <cstring>
#include <lacuna/interop/numbers.hpp>

namespace lacuna {
namespace detail {

namespace xxh64_primes {
inline constexpr std::uint64_t p1 = 0x9e3779b185ebca87, p2 = 0xc2b2ae3d27d4eb4f, p3 = 0x165667b19e3779f9,
                               p4 = 0x85ebca77c2b2ae63, p5 = 0x27d4eb2f165667c5;
}

inline namespace LACUNA_ARCH {

template <class U>
LACUNA_INLINE U little_word(const std::byte* p) {
  if constexpr (std::endian::native != std::endian::little) return load_little<U>(p);
  U v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

LACUNA_INLINE std::uint64_t xxh64_round(std::uint64_t lane, std::uint64_t word) {
  using namespace xxh64_primes;
  return std::rotl(lane + word * p2, 31) * p1;
}

/// What the four lanes make of the whole stripes of 32 bytes; moves `p` past them.
inline std::uint64_t xxh64_stripes(const std::byte*& p, std::size_t stripes) {
  using namespace xxh64_primes;
  std::uint64_t a = p1 + p2, b = p2, c = 0, d = 0 - p1;
  for (; stripes > 0; --stripes, p += 32) {
    a = xxh64_round(a, little_word<std::uint64_t>(p));
    b = xxh64_round(b, little_word<std::uint64_t>(p + 8));
    c = xxh64_round(c, little_word<std::uint64_t>(p + 16));
    d = xxh64_round(d, little_word<std::uint64_t>(p + 24));
  }
  std::uint64_t h = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
  for (const std::uint64_t lane : {a, b, c, d}) h = (h ^ xxh64_round(0, lane)) * p1 + p4;
  return h;
}

inline std::uint64_t xxh64(const void* data, std::size_t size) {
  using namespace xxh64_primes;
  const auto* p = static_cast<const std::byte*>(data);
  std::uint64_t h = size < 32 ? p5 : xxh64_stripes(p, size / 32);
  h += size;
  std::size_t left = size % 32;
  for (; left >= 8; left -= 8, p += 8)
    h = std::rotl(h ^ xxh64_round(0, little_word<std::uint64_t>(p)), 27) * p1 + p4;
  if (left >= 4) {
    h = std::rotl(h ^ little_word<std::uint32_t>(p) * p1, 23) * p2 + p3;
    left -= 4, p += 4;
  }
  for (; left > 0; --left, ++p) h = std::rotl(h ^ static_cast<std::uint64_t>(*p) * p5, 11) * p1;
  h = (h ^ h >> 33) * p2;
  h = (h ^ h >> 29) * p3;
  return h ^ h >> 32;
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
