#pragma once
// SPDX-License-Identifier: BSL-1.0
// Little-endian numbers in a file's bytes, at any alignment and on any machine, as a matrix of floats.
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lacuna/core/matrix.hpp>
#include <string>
#include <string_view>

namespace lacuna {
namespace detail {
inline namespace LACUNA_ARCH {

/// A number as a message shows it, in the shortest digits.
inline std::string number_text(double v) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, v).ptr};
}

template <class U>
LACUNA_INLINE U load_little(const std::byte* p) {
  U v = 0;
  for (std::size_t n = 0; n < sizeof(U); ++n)
    v = static_cast<U>(v | static_cast<U>(static_cast<U>(p[n]) << (8 * n)));
  return v;
}
LACUNA_INLINE void load_number(const std::byte* p, float& v) {
  v = std::bit_cast<float>(load_little<std::uint32_t>(p));
}
LACUNA_INLINE void load_number(const std::byte* p, double& v) {
  v = std::bit_cast<double>(load_little<std::uint64_t>(p));
}
LACUNA_INLINE void load_number(const std::byte* p, f16& v) { v.bits = load_little<std::uint16_t>(p); }
LACUNA_INLINE void load_number(const std::byte* p, bf16& v) { v.bits = load_little<std::uint16_t>(p); }

/// rows x cols numbers of type T, one line after the other, as floats; `what` opens a message.
/// Fails with errc::overflow on a finite double that no float is near to.
template <class T, class Layout>
matrix<float> floats_from(const std::byte* bytes, index_t rows, index_t cols, Layout,
                          const std::string& what) {
  matrix<float> m(rows, cols);
  if (rows == 0 || cols == 0) return m;
  if constexpr (std::is_same_v<T, float> && is_row_major<Layout> &&
                std::endian::native == std::endian::little) {
    std::memcpy(m.data(), bytes, static_cast<std::size_t>(rows * cols) * sizeof(float));
    return m;
  }
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j) {
      T v{};
      load_number(
          bytes + (is_row_major<Layout> ? i * cols + j : i + j * rows) * static_cast<index_t>(sizeof(T)), v);
      const auto x = static_cast<float>(v);
      if constexpr (std::is_same_v<T, double>)
        if (std::isinf(x) && !std::isinf(v))
          fail(errc::overflow, what + ": need values in the range of float; got " + number_text(v) + " at (" +
                                   count_text(i) + ", " + count_text(j) + ")");
      m(i, j) = x;
    }
  return m;
}

/// Bytes of a file as characters.
inline std::string_view text_of(const std::byte* bytes, index_t size) {
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace LACUNA_ARCH
}  // namespace detail
}  // namespace lacuna
