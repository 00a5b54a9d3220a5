#pragma once
// SPDX-License-Identifier: BSL-1.0
// Arrays: `array_view` borrows, `buffer` owns (64-byte aligned, zeroed, fixed size).
//
// Plain formats are made of these, so that a caller's memory is viewed without a copy and an owner never
// depends on the compiler's flags: 64 bytes is one cache line and one AVX-512 register on every target.
#include <concepts>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/error.hpp>
#include <lacuna/core/types.hpp>
#include <new>
#include <type_traits>

namespace lacuna {

/// Anything with data() and size(): std::vector, std::span, std::array, Eigen vectors, buffer.
template <class A, class T>
concept array_like = requires(A&& a) {
  { a.data() } -> std::convertible_to<T*>;
  { a.size() } -> std::convertible_to<index_t>;
};

/// A borrowed contiguous array of `size()` elements.
template <class T>
class array_view {
 public:
  using element = T;

  constexpr array_view() = default;
  LACUNA_INLINE constexpr array_view(T* data, index_t size) : data_(data), size_(size) {}
  template <array_like<T> A>
  requires(!std::same_as<std::remove_cvref_t<A>, array_view>) LACUNA_INLINE constexpr array_view(A&& a)
      : data_(a.data()), size_(static_cast<index_t>(a.size())) {}

  LACUNA_INLINE constexpr T* data() const { return data_; }
  LACUNA_INLINE constexpr index_t size() const { return size_; }
  LACUNA_INLINE constexpr std::size_t bytes() const { return static_cast<std::size_t>(size_) * sizeof(T); }
  LACUNA_INLINE constexpr T& operator[](index_t i) const {
    expect_index(i, size_);
    return data_[i];
  }
  LACUNA_INLINE constexpr T* begin() const { return data_; }
  LACUNA_INLINE constexpr T* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  index_t size_ = 0;
};

/// An owned array: 64-byte aligned, value-initialised, its size fixed at birth.
template <class T>
class buffer {
  static_assert(std::is_trivially_copyable_v<T>, "lacuna::buffer holds plain data only");

 public:
  using element = T;
  static constexpr std::size_t alignment = 64;

  LACUNA_INLINE constexpr buffer() = default;
  LACUNA_INLINE explicit buffer(index_t size) : buffer(size, uninitialised{}) { clear(); }
  /// With whatever the memory holds: for scratch that is written before it is read.
  LACUNA_INLINE static buffer for_overwrite(index_t size) { return buffer(size, uninitialised{}); }
  LACUNA_INLINE buffer(const buffer& o) : buffer(o.size_, uninitialised{}) {
    if (size_ > 0) std::memcpy(static_cast<void*>(data_), o.data_, bytes());
  }
  LACUNA_INLINE buffer(buffer&& o) noexcept : data_(o.data_), size_(o.size_) {
    o.data_ = nullptr;
    o.size_ = 0;
  }
  LACUNA_INLINE buffer& operator=(buffer o) noexcept {
    T* const data = data_;
    const index_t size = size_;
    data_ = o.data_;
    size_ = o.size_;
    o.data_ = data;
    o.size_ = size;
    return *this;
  }
  LACUNA_INLINE ~buffer() { ::operator delete(static_cast<void*>(data_), placed(bytes())); }

  /// All bytes zero.
  LACUNA_INLINE void clear() {
    if (size_ > 0) std::memset(static_cast<void*>(data_), 0, bytes());
  }

  LACUNA_INLINE T* data() { return data_; }
  LACUNA_INLINE const T* data() const { return data_; }
  LACUNA_INLINE index_t size() const { return size_; }
  LACUNA_INLINE std::size_t bytes() const { return static_cast<std::size_t>(size_) * sizeof(T); }
  LACUNA_INLINE T& operator[](index_t i) {
    expect_index(i, size_);
    return data_[i];
  }
  LACUNA_INLINE const T& operator[](index_t i) const {
    expect_index(i, size_);
    return data_[i];
  }
  LACUNA_INLINE T* begin() { return data_; }
  LACUNA_INLINE T* end() { return data_ + size_; }
  LACUNA_INLINE const T* begin() const { return data_; }
  LACUNA_INLINE const T* end() const { return data_ + size_; }

 private:
  struct uninitialised {};
  /// From a megabyte on at 2 MiB, so that systems that give huge pages on request can: planes of 2 MiB that began
  /// anywhere had none, and a scan of a summary took 13 % longer.
  LACUNA_INLINE static std::align_val_t placed(std::size_t bytes) {
    constexpr std::size_t huge = std::size_t{2} << 20;
    return std::align_val_t{bytes >= huge / 2 ? huge : alignment};
  }
  LACUNA_INLINE buffer(index_t size, uninitialised) : size_(size) {
    const index_t need = checked_product("buffer", size, static_cast<index_t>(sizeof(T)));
    if (need > 0) data_ = static_cast<T*>(::operator new(static_cast<std::size_t>(need), placed(bytes())));
  }

  T* data_ = nullptr;
  index_t size_ = 0;
};

/// A size beside a buffer, 0 after its owner was moved from: an empty owner does not claim a shape.
class owned_size {
 public:
  LACUNA_INLINE constexpr owned_size(index_t n = 0) : n_(n) {}
  LACUNA_INLINE constexpr owned_size(const owned_size&) = default;
  LACUNA_INLINE constexpr owned_size(owned_size&& o) noexcept : n_(o.n_) { o.n_ = 0; }
  LACUNA_INLINE constexpr owned_size& operator=(owned_size o) noexcept {
    n_ = o.n_;
    return *this;
  }
  LACUNA_INLINE constexpr operator index_t() const { return n_; }

 private:
  index_t n_;
};

/// What a pattern's arrays are made of: borrowed or owned.
template <class T>
using borrowed = array_view<const T>;
template <class T>
using owned = buffer<T>;

}  // namespace lacuna
