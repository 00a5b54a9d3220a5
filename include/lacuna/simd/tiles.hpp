#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Products of tiles of bytes, AMX: signed times signed, exact in 32 bits.
//
//   c[16 x 16]  +=  x[16 x K]  w[K x 16]         K = 16, 32 or 64
//
//   x   a row of K bytes after the other                      (16 tokens)
//   w   [K / 4][16][4]: four rows of w side by side           (16 columns: what a register of a panel is)
//   c   a row of 16 integers after the other
//
// Eight registers of 1 KB hold four c, two x and two w. The system lends them to a process that asks, `tiles_allowed`: a
// kernel that has another way asks first. Where `has_tiles` is false these are loops, for tests.

#include <cstdint>
#include <cstring>
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/registers.hpp>

#if LACUNA_AMX_INT8
#  include <sys/syscall.h>
#  include <unistd.h>
#endif

LACUNA_SIMD_BEGIN

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace simd {

/// Whether the flags have tiles.
template <class A>
inline constexpr bool has_tiles = LACUNA_AMX_INT8&& std::is_same_v<A, avx512>;

/// Asks Linux for the tiles, for this process and for good: 0.3 us, each time. It refuses on another CPU, before 5.16, or
/// where a signal's stack is too small to save them on.
template <class A>
LACUNA_INLINE bool tiles_allowed() {
#if LACUNA_AMX_INT8
  constexpr long request = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  if constexpr (has_tiles<A>) return syscall(SYS_arch_prctl, request, tile_data) == 0;
#endif
  return true;
}

/// The calling thread's tiles for products of K = `bytes`, from here to the end of the scope. Nothing else may use them
/// meanwhile.
template <class A>
class tile_scope {
 public:
  LACUNA_INLINE explicit tile_scope([[maybe_unused]] int bytes) {
#if LACUNA_AMX_INT8
    if constexpr (has_tiles<A>) {
      struct alignas(64) {
        std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
        std::uint16_t row_bytes[16] = {64, 64, 64, 64};
        std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16};
      } shape;
      static_assert(sizeof shape == 64);
      shape.row_bytes[4] = shape.row_bytes[5] = static_cast<std::uint16_t>(bytes);
      shape.row_bytes[6] = shape.row_bytes[7] = 64;
      shape.rows[6] = shape.rows[7] = static_cast<std::uint8_t>(bytes / 4);
      asm volatile("" : : "r"(&shape) : "memory");  // g++ thinks that the next one reads 8 bytes
      _tile_loadconfig(&shape);
    }
#endif
  }
  tile_scope(const tile_scope&) = delete;
  tile_scope& operator=(const tile_scope&) = delete;
  LACUNA_INLINE ~tile_scope() {
#if LACUNA_AMX_INT8
    if constexpr (has_tiles<A>) _tile_release();
#endif
  }
};

namespace detail {

template <int Bytes, int Count, class A>
LACUNA_INLINE void tile_products(A, const std::int8_t* x, index_t x_next, const std::int8_t* w,
                                 index_t w_next, index_t steps, std::int32_t* c, bool more) {
  if (!more) std::memset(c, 0, Count * 2048);
  for (int i = 0; i < Count * 512; ++i) {
    const std::int8_t* const row = x + i / 512 * x_next + i % 256 / 16 * Bytes;
    const std::int8_t* const column = w + i / 256 % 2 * w_next + i % 16 * 4;
    for (index_t s = 0; s < steps; ++s)
      for (index_t k = 0; k < Bytes; ++k)
        c[i] += row[s * (16 * Bytes) + k] * column[s * (16 * Bytes) + k / 4 * 64 + k % 4];
  }
}

#if LACUNA_AMX_INT8
template <int Bytes, int Count>
LACUNA_INLINE void tile_products(avx512, const std::int8_t* x, index_t x_next, const std::int8_t* w,
                                 index_t w_next, index_t steps, std::int32_t* c, bool more) {
  constexpr index_t tile = 16 * Bytes;
  asm volatile("" : : : "memory");  // g++ does not know that a tile's load reads memory
  if (more) {
    _tile_loadd(0, c, 64);
    _tile_loadd(1, c + 256, 64);
    if constexpr (Count == 2) {
      _tile_loadd(2, c + 512, 64);
      _tile_loadd(3, c + 768, 64);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (Count == 2) {
      _tile_zero(2);
      _tile_zero(3);
    }
  }
  for (index_t s = 0; s < steps; ++s) {
    _tile_loadd(4, x + s * tile, Bytes);
    _tile_loadd(6, w + s * tile, 64);
    _tile_dpbssd(0, 4, 6);
    _tile_loadd(7, w + w_next + s * tile, 64);
    _tile_dpbssd(1, 4, 7);
    if constexpr (Count == 2) {
      _tile_loadd(5, x + x_next + s * tile, Bytes);
      _tile_dpbssd(2, 5, 6);
      _tile_dpbssd(3, 5, 7);
    }
  }
  _tile_stored(0, c, 64);
  _tile_stored(1, c + 256, 64);
  if constexpr (Count == 2) {
    _tile_stored(2, c + 512, 64);
    _tile_stored(3, c + 768, 64);
  }
}
#endif

}  // namespace detail

/// c[a][b] = (or +=, if `more`) the sum over `steps` tiles x[a], w[b]: a < Count, 1 or 2; b < 2; c[a][b] = c + (2 a + b) * 256.
/// The tiles of x[0] follow each other from x on, those of x[1] from x + x_next on; w alike.
template <int Bytes, int Count, class A>
LACUNA_INLINE void tile_products(const std::int8_t* x, index_t x_next, const std::int8_t* w, index_t w_next,
                                 index_t steps, std::int32_t* c, bool more) {
  detail::tile_products<Bytes, Count>(A{}, x, x_next, w, w_next, steps, c, more);
}

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna

LACUNA_SIMD_END
