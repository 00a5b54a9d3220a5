#pragma once
// SPDX-License-Identifier: BSL-1.0
// Box: the smallest and largest number of each channel in a unit, as centre and radius (Quest, arXiv 2406.10774; LServe).
//
//   q . k <= q . centre + |q| . radius    for every key of the unit; the larger of q * low, q * high, without a branch
//
// Two bf16 key tiles whose lanes are units. The radius is rounded up from the rounded centre, so the bound is exact for
// the keys as they are stored: centre - radius <= low, high <= centre + radius, and equal where low = high is a bf16.
// Appending never lowers it. Keys that are not finite have centre 0 and an infinite radius.
#include <bit>
#include <lacuna/kv/codec/plain.hpp>
#include <lacuna/kv/summary/summary.hpp>
#include <limits>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// A bf16 >= x, for x >= 0 that is not NaN.
LACUNA_INLINE std::uint16_t bf16_above(float x) {
  return static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(x) + 0xffffu) >> 16);
}
/// A float >= a - b.
LACUNA_INLINE float difference_above(float a, float b) {
  const float d = a - b, z = d - a, lost = (a - (d - z)) - (b + z);  // a - b = d + lost
  return lost > 0 ? std::bit_cast<float>(std::bit_cast<std::uint32_t>(d < 0 ? 0.0f : d) + 1) : d;
}

/// Channels of a unit, width of them, from their ends.
inline void boxes_of(const float* low, const float* high, int width, std::uint16_t* centre,
                     std::uint16_t* radius) {
  for (int d = 0; d < width; ++d) {
    const bf16 m(0.5f * low[d] + 0.5f * high[d]);
    const float c = static_cast<float>(m);
    const float up = difference_above(high[d], c), down = difference_above(c, low[d]);
    const float r = up > down ? up : down;
    const bool fits = r <= std::numeric_limits<float>::max();  // false for NaN, too
    centre[d] = fits ? m.bits : std::uint16_t{0};
    radius[d] = fits ? bf16_above(r > 0 ? r : 0.0f) : std::uint16_t{0x7f80};
  }
}

/// Pairs of bf16 into a lane of a bf16 key tile.
LACUNA_INLINE void put_pairs(const std::uint16_t* x, int width, std::byte* lane) {
  for (int d = 0; d < width; d += 2) std::memcpy(lane + d * tile_units * 2, x + d, 4);
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

namespace summary {

struct box {
  int unit = 16;  ///< tokens

  static constexpr const char* name = "box";
  LACUNA_INLINE static plain_key<bf16> key() { return {}; }
  LACUNA_INLINE summary_sizes sizes(kv_shape z, index_t) const {
    const unit_windows w{unit, unit};
    check_windows(w);
    const kv_shape tile{z.head_dim, tile_units};
    const std::size_t bytes = key().section_bytes(tile);
    return {w, tile, bytes, bytes, 2 * z.width(), 0, 0};
  }
  /// For files.
  LACUNA_INLINE std::vector<std::int64_t> amounts() const { return {unit}; }
  LACUNA_INLINE bool restore(array_view<const std::int64_t> a) { return detail::restore_ints(a, unit); }
  template <class A>
  void begin(A, float* state, kv_shape z) const {
    for (int d = 0; d < z.width(); ++d) state[d] = std::numeric_limits<float>::infinity();
    for (int d = 0; d < z.width(); ++d) state[z.width() + d] = -std::numeric_limits<float>::infinity();
  }
  template <class A>
  void add(A, index_t, int, const float* row, float* state, kv_shape z) const {
    for (int d = 0; d < z.width(); d += 16) {
      const auto x = simd::load16<A>(row + d);
      simd::store16(state + d, min(simd::load16<A>(state + d), x));
      simd::store16(state + z.width() + d, max(simd::load16<A>(state + z.width() + d), x));
    }
  }
  template <class A>
  void put(A, index_t, const float* state, kv_shape z, std::byte* keys, std::byte* values, int lane) const {
    std::uint16_t centre[most_head_dim], radius[most_head_dim];
    kernel::boxes_of(state, state + z.width(), z.width(), centre, radius);
    const std::size_t at = key().place(lane, 0, {z.head_dim, tile_units});
    kernel::put_pairs(centre, z.width(), keys + at);
    kernel::put_pairs(radius, z.width(), values + at);
  }
  template <class A>
  void clear(A arch, kv_shape z, std::byte* keys, std::byte* values, int lane) const {
    const float zero[most_head_dim] = {};
    key().put(arch, keys, lane, zero, {z.head_dim, tile_units});
    key().put(arch, values, lane, zero, {z.head_dim, tile_units});
  }
};

}  // namespace summary
}  // namespace lacuna
