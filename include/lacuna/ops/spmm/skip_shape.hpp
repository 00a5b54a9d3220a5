#pragma once
// SPDX-License-Identifier: BSL-1.0
// How the skip regime cuts a product, and the memory that it works in.
//
//   X[k, n]     panels of `width` columns, each [k][width], so that a row of a panel is one to eight registers
//   a panel     chunks of `chunk` rows: 32 KB, which stay in a first-level cache while the rows of A pass
//   A's rows    blocks of at most `block`, whose sums stay in the second level until the last chunk
//
// Wide panels load an offset and a value for eight fma, narrow ones have longer rows in a chunk, whose fixed
// cost (sums in and out, the end of the loop) is then less of the whole.
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <class A>
struct skip_shape {
  static constexpr int most_vectors = 8;         // 2 ports x 4 cycles of fma ask for 8 sums
  static constexpr index_t chunk_floats = 8192;  // twice that, 64 KB, took .60 of the fma peak to .50
  static constexpr index_t most_columns = 512;   // of a group of panels that share their lists
  // A row's columns and values are two pages; the second-level TLB holds 2048. 1024 rows took 1.1 to 1.2 times
  // as long.
  static constexpr index_t most_rows = 512;
  index_t k = 0, n = 0;
  int vectors = most_vectors;

  skip_shape(index_t rows_of_x, index_t cols_of_x, int panel_vectors)
      : k(rows_of_x), n(cols_of_x), vectors(panel_vectors) {}

  LACUNA_INLINE index_t width() const { return index_t{vectors} * A::lanes; }
  LACUNA_INLINE index_t panels() const { return (n + width() - 1) / width(); }
  /// Registers that panel p needs: fewer in the last one.
  LACUNA_INLINE int vectors_of(index_t p) const {
    const index_t rest = n - p * width();
    return rest >= width() ? vectors : static_cast<int>((rest + A::lanes - 1) / A::lanes);
  }
  LACUNA_INLINE index_t chunk() const { return chunk_floats / width(); }
  /// At least one, so that a product without k still writes its zeros.
  LACUNA_INLINE index_t chunks() const { return k > 0 ? (k + chunk() - 1) / chunk() : 1; }
  LACUNA_INLINE index_t group_panels() const {
    const index_t most = most_columns / width();
    return panels() < most ? panels() : most;
  }
  LACUNA_INLINE index_t block() const {
    const index_t by_lists = (index_t{1} << 17) / chunk();
    const index_t by_sums = (index_t{1} << 18) / (group_panels() * width() + 1);
    const index_t least = by_lists < by_sums ? by_lists : by_sums;
    return least < most_rows ? least : most_rows;
  }
  LACUNA_INLINE index_t x_floats() const { return panels() * k * width(); }
};

/// The panel width for a matrix with `nnz` stored values: rows with few entries in a chunk want a longer chunk.
/// 95 % sparse, 512 columns: .19 of the fma peak with four registers against .17 with eight; 50 %: .36 and .37.
template <class A>
LACUNA_INLINE skip_shape<A> shape_to_skip(index_t rows, index_t cols, index_t nnz, index_t n) {
  const index_t lines = (n + A::lanes - 1) / A::lanes;
  const bool thin = nnz < rows * cols / 3;
  int vectors = 1;
  while (vectors < (thin ? 4 : 8) && vectors < lines) vectors *= 2;
  return {cols, n, vectors};
}

/// Hands out parts of the caller's memory, each on a line of its own; with no memory it only counts.
class carver {
 public:
  LACUNA_INLINE explicit carver(float* memory) : memory_(memory) {}
  template <class T>
  LACUNA_INLINE T* take(index_t count) {
    constexpr index_t line = 64;
    const index_t at = used_;
    used_ += (count * static_cast<index_t>(sizeof(T)) + line - 1) / line * line;
    return memory_ == nullptr ? nullptr
                              : reinterpret_cast<T*>(reinterpret_cast<unsigned char*>(memory_) + at);
  }
  LACUNA_INLINE index_t floats() const { return used_ / static_cast<index_t>(sizeof(float)); }

 private:
  float* memory_;
  index_t used_ = 0;
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
