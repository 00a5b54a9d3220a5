#pragma once
// SPDX-License-Identifier: BSL-1.0
// The one way lacuna reports a mistake of its caller or of a file.
//
//   spmm: need A[m,k] * B[k,n] -> C[m,n]; got A 2x3, B 2x9
//   ^operation  ^rule                         ^sizes
//
// With exceptions off, `fail` prints the sentence to stderr and aborts.
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <concepts>
#include <cstdio>
#include <stdexcept>
#include <string>
#if !LACUNA_EXCEPTIONS
#  include <cstdlib>
#endif

namespace lacuna {

/// What kind of rule was broken.
enum class errc {
  shape,     ///< sizes of the operands do not fit each other
  argument,  ///< a value is outside its range
  pattern,   ///< the nonzeros do not fit the pattern
  data,      ///< arrays or a file break the rules of their format
  overflow,  ///< a size does not fit its type
  io         ///< the operating system refused
};

class error : public std::invalid_argument {
 public:
  error(errc code, const std::string& message) : std::invalid_argument(message), code_(code) {}
  errc code() const noexcept { return code_; }

 private:
  errc code_;
};

inline namespace LACUNA_ARCH {

[[noreturn]] LACUNA_NOINLINE inline void fail(errc code, const std::string& message) {
#if LACUNA_EXCEPTIONS
  throw error(code, message);
#else
  (void)code;
  std::fprintf(stderr, "lacuna: %s\n", message.c_str());
  std::abort();
#endif
}

// std::to_string leaves code of these flags in a symbol that all objects share (double under g++, integers under
// clang), hence these two.

/// An integer in decimal.
template <std::integral T>
std::string count_text(T value) {
  char text[24];
  const int n = value < T{0} ? std::snprintf(text, sizeof text, "%lld", static_cast<long long>(value))
                             : std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(value));
  return std::string(text, static_cast<std::size_t>(n));
}
/// printf of one number.
inline std::string number_text(const char* format, double value) {
  char text[64];
  const int n = std::snprintf(text, sizeof text, format, value);
  return std::string(text, n > 0 && n < 64 ? static_cast<std::size_t>(n) : 0);
}

/// "rows x cols", as every message writes a shape.
inline std::string shape_text(index_t rows, index_t cols) {
  return count_text(rows) + "x" + count_text(cols);
}

[[noreturn]] LACUNA_NOINLINE inline void fail_index(index_t i, index_t size) {
  fail(errc::argument, "element: need 0 <= index < " + count_text(size) + "; got " + count_text(i));
}

/// A contract inside loops, looked at in checked builds only: 0 <= i < size.
LACUNA_INLINE constexpr void expect_index([[maybe_unused]] index_t i, [[maybe_unused]] index_t size) {
#if LACUNA_CHECKED
  if (i < 0 || i >= size) fail_index(i, size);
#endif
}

[[noreturn]] LACUNA_NOINLINE inline void fail_product(const char* operation, index_t a, index_t b) {
  fail(errc::overflow,
       std::string(operation) + ": need sizes >= 0 whose product fits 63 bits; got " + shape_text(a, b));
}

/// a * b for sizes; fails with errc::overflow when the product does not fit.
LACUNA_INLINE index_t checked_product(const char* operation, index_t a, index_t b) {
  index_t product = 0;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product)) fail_product(operation, a, b);
  return product;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
