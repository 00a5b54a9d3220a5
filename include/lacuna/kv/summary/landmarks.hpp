#pragma once
// SPDX-License-Identifier: BSL-1.0
// Landmarks: the mean key of each chunk, and how well it stands for its keys (ShadowKV, arXiv 2410.21465).
//
//   keys      a key tile of 16 landmarks, bf16
//   values    16 floats: the least cosine between a key of the chunk and its landmark      low: an outlier
//
// The worst chunks are read whatever the query is: worst_units. A key of zeros has cosine 0 with anything.
#include <algorithm>
#include <cmath>
#include <lacuna/kv/summary/mean.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// x . y over n channels, a multiple of 16.
template <class A>
float dot_of(A, const float* x, const float* y, int n) {
  auto s = simd::set16<A>(0);
  for (int d = 0; d < n; d += 16) s = simd::fma(simd::load16<A>(x + d), simd::load16<A>(y + d), s);
  return simd::sum(s);
}

}  // namespace kernel
}  // namespace LACUNA_ARCH

namespace summary {

struct landmarks {
  int unit = 8;  ///< tokens of a chunk

  static constexpr const char* name = "landmarks";
  LACUNA_INLINE static plain_key<bf16> key() { return {}; }
  LACUNA_INLINE summary_sizes sizes(kv_shape z, index_t) const {
    summary_sizes s = mean{.unit = unit}.sizes(z, 1);
    s.value = tile_units * sizeof(float);
    s.state += unit * z.width();
    return s;
  }
  /// For files.
  LACUNA_INLINE std::vector<std::int64_t> amounts() const { return {unit}; }
  LACUNA_INLINE bool restore(array_view<const std::int64_t> a) { return detail::restore_ints(a, unit); }
  /// State: as a mean's, then the keys.
  template <class A>
  void begin(A arch, float* state, kv_shape z) const {
    mean{.unit = unit}.begin(arch, state, z);
  }
  template <class A>
  void add(A arch, index_t head, int at, const float* row, float* state, kv_shape z) const {
    const auto n = static_cast<int>(state[z.width()]);
    std::copy(row, row + z.width(), state + z.width() + 16 + n * z.width());
    mean{.unit = unit}.add(arch, head, at, row, state, z);
  }
  template <class A>
  void put(A arch, index_t head, const float* state, kv_shape z, std::byte* keys, std::byte* values,
           int lane) const {
    mean{.unit = unit}.put(arch, head, state, z, keys, nullptr, lane);
    float landmark[most_head_dim], worst = 1;
    key().get(arch, keys, lane, landmark, {z.head_dim, tile_units});
    const float size = kernel::dot_of(arch, landmark, landmark, z.width());
    const float* k = state + z.width() + 16;
    for (int n = static_cast<int>(state[z.width()]); n > 0; --n, k += z.width()) {
      const float both = std::sqrt(size * kernel::dot_of(arch, k, k, z.width()));
      const float cosine = both > 0 ? kernel::dot_of(arch, k, landmark, z.width()) / both : 0;
      worst = cosine < worst ? cosine : worst;
    }
    std::memcpy(values + lane * 4, &worst, 4);
  }
  template <class A>
  void clear(A arch, kv_shape z, std::byte* keys, std::byte* values, int lane) const {
    mean{.unit = unit}.clear(arch, z, keys, nullptr, lane);
    std::memset(values + lane * 4, 0, 4);
  }
};

}  // namespace summary

inline namespace LACUNA_ARCH {

/// The quality of a unit of landmarks: 1 at best.
LACUNA_INLINE float unit_quality(const summary::view& s, index_t unit) {
  float x;
  std::memcpy(&x, s.units.value(static_cast<std::uint32_t>(unit / tile_units)) + unit % tile_units * 4, 4);
  return x;
}

/// The closed units of landmarks with the least quality, as many as `out` has room for, ascending; ties to the earlier.
/// Returns their number. Units that were released are none of them.
inline index_t worst_units(const summary::view& s, array_view<index_t> out) {
  const auto better = [&](index_t a, index_t b) {
    const float x = unit_quality(s, a), y = unit_quality(s, b);
    return x < y || (x == y && a < b);
  };
  index_t n = 0;
  for (index_t u = 0; u < s.closed && out.size() > 0; ++u) {
    if (s.units.is_dead(static_cast<std::uint32_t>(u / tile_units))) continue;
    if (n == out.size()) {
      if (!better(u, out[0])) continue;
      std::pop_heap(out.begin(), out.begin() + n--, better);
    }
    out[n++] = u;
    std::push_heap(out.begin(), out.begin() + n, better);
  }
  std::sort(out.begin(), out.begin() + n);
  return n;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
