#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// What the tests of simd/ share: the archs that these flags can run, registers as arrays, seeded values, and
// memory that ends where a page ends that nobody may touch.

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lacuna/simd/simd.hpp>
#include <tuple>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace twin {

#if LACUNA_AVX512
using archs = std::tuple<simd::avx512, simd::avx2, simd::sse2, simd::plain>;
#elif LACUNA_AVX2
using archs = std::tuple<simd::avx2, simd::sse2, simd::plain>;
#elif LACUNA_SSE2
using archs = std::tuple<simd::sse2, simd::plain>;
#elif LACUNA_NEON
using archs = std::tuple<simd::neon, simd::plain>;
#else
using archs = std::tuple<simd::plain>;
#endif

template <class A>
inline constexpr std::size_t lanes = static_cast<std::size_t>(A::lanes);

// The lanes of a register, or the raw values of type T in it.
template <class A>
std::array<float, lanes<A>> values(simd::f32<A> v) {
  std::array<float, lanes<A>> r;
  simd::store(r.data(), v);
  return r;
}
template <class T, class A>
std::array<T, lanes<A> * 4 / sizeof(T)> raw(simd::i32<A> v) {
  std::array<T, lanes<A> * 4 / sizeof(T)> r;
  simd::store_raw(r.data(), v);
  return r;
}

// NaNs, signed zeros and all: arrays equal bit by bit.
template <class T, std::size_t N>
bool same_bits(const std::array<T, N>& a, const std::array<T, N>& b) {
  return std::memcmp(a.data(), b.data(), sizeof a) == 0;
}

// splitmix64: any seed will do.
struct random_bits {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  float unit() { return static_cast<float>(static_cast<std::int64_t>(next()) >> 40) * 0x1p-23f; }  // [-1, 1)
  template <class T, std::size_t N>
  void fill(std::array<T, N>& a) {
    for (auto& x : a) {
      if constexpr (std::is_same_v<T, float>)
        x = unit();
      else
        x = static_cast<T>(next());
    }
  }
};

// n values of T that end exactly before a page without access: a byte too far is a crash, also through
// intrinsics that the sanitizers cannot see into.
template <class T>
class guarded {
 public:
  explicit guarded(std::size_t n) : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    base_ = static_cast<unsigned char*>(
        ::mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(base_ + page_, page_, PROT_NONE);
    data_ = reinterpret_cast<T*>(base_ + page_ - n * sizeof(T));
  }
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;
  ~guarded() { ::munmap(base_, 2 * page_); }
  T* data() { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }

 private:
  std::size_t page_;
  unsigned char* base_;
  T* data_;
};

}  // namespace twin
}  // namespace LACUNA_ARCH
}  // namespace lacuna
