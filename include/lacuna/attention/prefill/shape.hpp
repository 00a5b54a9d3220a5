#pragma once
// SPDX-License-Identifier: BSL-1.0
// Tiles of prefill, in words (a float, or two bf16):
//
//   queries   [channel][64]                      scaled, lanes = queries
//   keys      4 tiles of [channel][16]           as kv/codec/plain lays a page of 64 out
//   values    panels [key][64], then [key][16]
//   scores    [4 blocks][key][16 queries]        of up to two listed key tiles at a time
//   sums      panels [query][64], then [query][16]
//
// Channels are padded to a multiple of 16 with zeros, keys and queries to 64.
#include <lacuna/attention/prefill/micro.hpp>
#include <lacuna/kv/shape.hpp>
#include <lacuna/ops/spmm/skip_shape.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

inline constexpr index_t tile_side = 64;  ///< queries of a tile, keys of a tile
/// Key tiles whose weights meet the values in one go: sums are loaded and stored once for both (that
/// product alone, values in L2: .85 of the FMA peak with two, .81 with one).
inline constexpr int step_tiles = 2;

/// Sizes for one head dim and product type.
template <class T>
struct tile_shape {
  using product = T;
  kv_shape head;

  LACUNA_INLINE index_t width() const { return head.width(); }
  LACUNA_INLINE index_t words() const { return width() / word_step<T>::per; }
  LACUNA_INLINE static constexpr index_t depth() { return tile_side / word_step<T>::per; }
  /// Words of a packed tile of keys, of values, of queries.
  LACUNA_INLINE index_t packed() const { return tile_side * words(); }
  /// Where part i of n of a packed tile (keys, then values) begins; nullptr stays.
  LACUNA_INLINE const float* share(const float* tile, index_t i, index_t n) const {
    return tile != nullptr ? tile + 2 * packed() / n * i : nullptr;
  }
};

/// The state of 64 queries.
struct tile_state {
  float *o, *m, *l;
  LACUNA_INLINE static index_t floats(index_t width) { return tile_side * (width + 2); }
  LACUNA_INLINE static tile_state at(float* p, index_t width) {
    return {p, p + tile_side * width, p + tile_side * (width + 1)};
  }
};

/// What a worker computes in. `tile`: keys and values packed where they are used.
template <class T>
struct tile_scratch {
  float *queries, *scores, *weights, *rescale, *rows, *state, *tile;
  std::uint64_t* seen;

  LACUNA_INLINE tile_scratch(const tile_shape<T>& s, carver& part) {
    queries = part.take<float>(s.packed());
    scores = part.take<float>(tile_side * tile_side * step_tiles);
    weights = word_step<T>::per == 1 ? scores : part.take<float>(tile_side * tile_side * step_tiles / 2);
    rescale = part.take<float>(tile_side);
    rows = part.take<float>(tile_side * s.width());
    state = part.take<float>(tile_state::floats(s.width()));
    tile = part.take<float>(2 * s.packed());
    seen = part.take<std::uint64_t>(tile_side * step_tiles);
  }
  LACUNA_INLINE static index_t floats(const tile_shape<T>& s) {
    carver count(nullptr);
    tile_scratch(s, count);
    return count.floats();
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
