#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// What a kernel's loop needs besides registers: prefetch, popcount, unroll and opaque.

#include <bit>
#include <cstdint>
#include <lacuna/core/config.hpp>
#include <type_traits>
#include <utility>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {

/// Asks for the cache line at p, which may lie beyond the end of anything: a prefetch never faults.
/// A value stream read in steps of varying size needs this 4-8 KB ahead: 11 -> 40 GB/s for a float bitmap
/// matrix.
LACUNA_INLINE void prefetch(const void* p) { __builtin_prefetch(p); }

/// The same, `bytes` after p, wherever that is.
LACUNA_INLINE void prefetch_ahead(const void* p, std::uintptr_t bytes) {
  prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) + bytes));
}

/// Into L2, not L1: for what is used only after the present contents of L1.
LACUNA_INLINE void prefetch_l2(const void* p, std::uintptr_t bytes) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) + bytes), 0, 2);
}

/// The number of set bits: one instruction if the flags have it, else 12 (the compiler would call a
/// function).
LACUNA_INLINE int popcount(std::uint64_t x) {
#if defined(__x86_64__) && !defined(__POPCNT__)
  x -= (x >> 1) & 0x5555555555555555u;
  x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return static_cast<int>((x * 0x0101010101010101u) >> 56);
#else
  return std::popcount(x);
#endif
}

/// f(integral_constant<int, 0>{}), ..., f(integral_constant<int, N - 1>{}), always inlined: an array of
/// accumulators that is indexed by the constant stays in registers.
template <int N, class F>
LACUNA_INLINE void unroll(F&& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) LACUNA_LAMBDA {
    (static_cast<void>(f(std::integral_constant<int, I>{})), ...);
  }
  (std::make_integer_sequence<int, N>{});
}

/// Makes g++ forget what it knows about the pointer p, so that loads of one unrolled step are not merged with
/// those of the next and kept alive: a 2:4 product of 12 columns, unrolled 8 times, spilled 3 accumulators
/// without this and none with it. It costs address arithmetic (8 columns: 243 vector instructions against
/// 213), so only where registers run out. For clang 14, which does not merge them, it does nothing.
template <class T>
LACUNA_INLINE void opaque([[maybe_unused]] T*& p) {
#if !defined(__clang__)
  asm("" : "+r"(p));
#endif
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna
