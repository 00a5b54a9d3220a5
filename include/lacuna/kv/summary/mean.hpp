#pragma once
// SPDX-License-Identifier: BSL-1.0
// Mean: the mean key of each unit, one bf16 key tile for 16 of them.
//
//   summary::mean{.unit = 16}                   block top-k (Kinetics, arXiv 2506.05333)
//   summary::mean{.unit = 32, .stride = 16}     windows that overlap (InfLLM-V2; NSA, arXiv 2502.11089)
//
// A float sum in the order of the tokens, divided once and rounded to bf16. An open unit has the mean of what it has.
#include <lacuna/kv/codec/plain.hpp>
#include <lacuna/kv/summary/summary.hpp>

namespace lacuna {
namespace summary {

struct mean {
  int unit = 16;   ///< tokens
  int stride = 0;  ///< from one unit to the next; 0: unit

  static constexpr const char* name = "mean";
  LACUNA_INLINE static plain_key<bf16> key() { return {}; }
  LACUNA_INLINE unit_windows windows() const { return {unit, stride == 0 ? unit : stride}; }
  LACUNA_INLINE summary_sizes sizes(kv_shape z, index_t) const {
    check_windows(windows());
    const kv_shape tile{z.head_dim, tile_units};
    return {windows(), tile, key().section_bytes(tile), 0, z.width() + 16, 0, 0};
  }
  /// For files.
  LACUNA_INLINE std::vector<std::int64_t> amounts() const { return {unit, windows().stride}; }
  LACUNA_INLINE bool restore(array_view<const std::int64_t> a) {
    return detail::restore_ints(a, unit, stride);
  }
  template <class A>
  void begin(A, float* state, kv_shape z) const {
    for (int d = 0; d < z.width() + 16; ++d) state[d] = 0;  // sums, then their number
  }
  template <class A>
  void add(A, index_t, int, const float* row, float* state, kv_shape z) const {
    for (int d = 0; d < z.width(); d += 16)
      simd::store16(state + d, simd::load16<A>(state + d) + simd::load16<A>(row + d));
    ++state[z.width()];
  }
  template <class A>
  void put(A arch, index_t, const float* state, kv_shape z, std::byte* keys, std::byte*, int lane) const {
    float x[most_head_dim];
    x[0] = 0;  // g++ 12 thinks a head may have no channel
    const float n = state[z.width()] > 0 ? state[z.width()] : 1;
    for (int d = 0; d < z.width(); ++d) x[d] = state[d] / n;
    key().put(arch, keys, lane, x, {z.head_dim, tile_units});
  }
  template <class A>
  void clear(A arch, kv_shape z, std::byte* keys, std::byte*, int lane) const {
    const float zero[most_head_dim] = {};
    key().put(arch, keys, lane, zero, {z.head_dim, tile_units});
  }
};

}  // namespace summary
}  // namespace lacuna
