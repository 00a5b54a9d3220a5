#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The register of the plain arch: an array with the few members of an xsimd batch that registers.hpp and
// vec.hpp use. It is the scalar twin of every batch and all there is under LACUNA_SCALAR_ONLY.

#include <cstdint>
#include <lacuna/core/config.hpp>
#include <lacuna/simd/arch.hpp>
#include <type_traits>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {
namespace detail {

template <class T>
struct plain_batch {
  T lane[plain::lanes];

  template <class F>
  LACUNA_INLINE static plain_batch make(F f) {
    plain_batch r;
    for (int l = 0; l < plain::lanes; ++l) r.lane[l] = f(l);
    return r;
  }
  LACUNA_INLINE static plain_batch broadcast(T x) {
    return make([&](int) LACUNA_LAMBDA { return x; });
  }
  LACUNA_INLINE static plain_batch load_unaligned(const T* p) {
    return make([&](int l) LACUNA_LAMBDA { return p[l]; });
  }
  LACUNA_INLINE void store_unaligned(T* p) const {
    for (int l = 0; l < plain::lanes; ++l) p[l] = lane[l];
  }
  // Integers are computed as uint32_t, where overflow is defined.
  template <class F>
  LACUNA_INLINE static plain_batch zip(plain_batch a, plain_batch b, F f) {
    using U = std::conditional_t<std::is_integral_v<T>, std::uint32_t, T>;
    return make([&](int l) LACUNA_LAMBDA {
      return static_cast<T>(f(static_cast<U>(a.lane[l]), static_cast<U>(b.lane[l])));
    });
  }
  LACUNA_INLINE friend plain_batch operator+(plain_batch a, plain_batch b) {
    return zip(a, b, [](auto x, auto y) LACUNA_LAMBDA { return x + y; });
  }
  LACUNA_INLINE friend plain_batch operator-(plain_batch a, plain_batch b) {
    return zip(a, b, [](auto x, auto y) LACUNA_LAMBDA { return x - y; });
  }
  LACUNA_INLINE friend plain_batch operator*(plain_batch a, plain_batch b) {
    return zip(a, b, [](auto x, auto y) LACUNA_LAMBDA { return x * y; });
  }
  LACUNA_INLINE friend plain_batch operator/(plain_batch a, plain_batch b) {
    return zip(a, b, [](auto x, auto y) LACUNA_LAMBDA { return x / y; });
  }
  LACUNA_INLINE friend plain_batch operator<<(plain_batch a, int n) {
    return make([&](int l)
                    LACUNA_LAMBDA { return static_cast<T>(static_cast<std::uint32_t>(a.lane[l]) << n); });
  }
  LACUNA_INLINE friend plain_batch operator>>(plain_batch a, int n) {
    return make([&](int l) LACUNA_LAMBDA { return a.lane[l] >> n; });
  }
  LACUNA_INLINE friend plain_batch operator&(plain_batch a, plain_batch b) {
    return zip(a, b, [](auto x, auto y) LACUNA_LAMBDA { return x & y; });
  }
  LACUNA_INLINE friend plain_batch operator|(plain_batch a, plain_batch b) {
    return zip(a, b, [](auto x, auto y) LACUNA_LAMBDA { return x | y; });
  }
  LACUNA_INLINE friend plain_batch operator^(plain_batch a, plain_batch b) {
    return zip(a, b, [](auto x, auto y) LACUNA_LAMBDA { return x ^ y; });
  }
};

// One raw value of 1, 2 or 4 bytes, in the portable code of a primitive.
template <int Bytes>
using word = std::conditional_t<Bytes == 1, std::uint8_t,
                                std::conditional_t<Bytes == 2, std::uint16_t, std::uint32_t>>;

}  // namespace detail
}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna
