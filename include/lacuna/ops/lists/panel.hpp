#pragma once
// SPDX-License-Identifier: BSL-1.0
// Lists of panels of bitmap: a chunk of every panel of the block is turned into rows first.
//
//   mask words   4 columns x 16 rows   ->  64 columns a row, 8 x 8 bits at a time in a 64-bit word
//   values       expanded, [k][16]     ->  [row][k], squares mirrored in registers; compressed again by the row's mask
#include <algorithm>
#include <lacuna/ops/lists/bitmap.hpp>
#include <lacuna/ops/panels/bitmap.hpp>
#include <lacuna/ops/spmm/expand.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// A mask word with bit (column % 4) * 16 + row, whatever I is.
template <int I>
LACUNA_INLINE std::uint64_t column_order(std::uint64_t w) {
  // Pairs to halves, in both 32-bit halves at once: 0101... -> 0011... -> 0000 1111 ...
  const auto swap = [&](int shift, std::uint64_t bits) {
    const std::uint64_t t = (w ^ (w >> shift)) & bits;
    w ^= t ^ (t << shift);
  };
  if constexpr (I == 2) {
    swap(1, 0x2222222222222222u);
    swap(2, 0x0c0c0c0c0c0c0c0cu);
    swap(4, 0x00f000f000f000f0u);
    swap(8, 0x0000ff000000ff00u);
  } else if constexpr (I == 4) {  // both bits of the column up past two bits of the row, twice
    swap(3, 0x0a0a0a0a0a0a0a0au);
    swap(6, 0x00cc00cc00cc00ccu);
    swap(12, 0x0000f0f00000f0f0u);
    swap(24, 0x00000000ff00ff00u);
  }
  return w;
}

/// Byte c, bit r of the result is byte r, bit c of x.
LACUNA_INLINE std::uint64_t transpose_bits(std::uint64_t x) {
  const auto swap = [&](int shift, std::uint64_t bits) {
    const std::uint64_t t = (x ^ (x >> shift)) & bits;
    x ^= t ^ (t << shift);
  };
  swap(7, 0x00aa00aa00aa00aau);
  swap(14, 0x0000cccc0000ccccu);
  swap(28, 0x00000000f0f0f0f0u);
  return x;
}

/// The low bytes of the four 16-bit parts.
LACUNA_INLINE std::uint64_t low_bytes(std::uint64_t w) {
  w &= 0x00ff00ff00ff00ffu;
  w = (w | w >> 8) & 0x0000ffff0000ffffu;
  return (w | w >> 16) & 0xffffffffu;
}

template <int I, codec C, class A>
class lister_of<panel<bitmap, I>, C, A> {
  using format = panel<bitmap, I>;
  using view = sparse_view<format, C>;
  using walk = panel_walk<format, C, A>;
  /// Rows of a block times columns of a chunk (skip_shape::block).
  static constexpr index_t most = index_t{1} << 17;

 public:
  LACUNA_INLINE static index_t bytes(index_t rows, index_t) {
    return most * static_cast<index_t>(sizeof(float)) + most / 8 + (rows / panel_rows + 1) * 8 +
           longest * panel_rows * static_cast<index_t>(sizeof(float));
  }
  /// Whole panels.
  LACUNA_INLINE static index_t last_row(const view&, row_range r, index_t rows) {
    const index_t whole = rows / panel_rows * panel_rows;
    return r.last - r.first < whole ? r.last : r.first + whole;
  }
  /// r starts at a panel; the chunk is a whole number of 64 columns.
  LACUNA_INLINE lister_of(const view& a, row_range r, chunk_cut cut, void* memory)
      : offsets_(cut.bytes),
        a_(a),
        first_(r.first / panel_rows),
        panels_(panels_of(r.last) - r.first / panel_rows),
        cut_(cut),
        dense_(static_cast<float*>(memory)),
        columns_(dense_ + most),
        mask_(reinterpret_cast<std::uint64_t*>(columns_ + longest * panel_rows)),
        slot_(reinterpret_cast<index_t*>(mask_ + most / 64)) {
    for (index_t p = 0; p < panels_; ++p) slot_[p] = walk::start(a, first_ + p);
    decode();
  }

  LACUNA_INLINE int count(index_t i) const {
    int n = 0;
    for (index_t q = 0; q < cut_.columns / 64; ++q) n += simd::popcount(mask_[i * (cut_.columns / 64) + q]);
    return n;
  }
  LACUNA_INLINE void fill(index_t i, int, std::uint16_t* offset, float* value) const {
    for (index_t q = 0; q < cut_.columns / 64; ++q) {
      const std::uint64_t bits = mask_[i * (cut_.columns / 64) + q];
      offsets_(bits, static_cast<std::uint16_t>(q * 64 * cut_.bytes), offset);
      const float* const from = dense_ + i * cut_.columns + q * 64;
      simd::unroll<64 / A::lanes>([&](auto v) LACUNA_LAMBDA {
        constexpr int shift = v * A::lanes;
        const int before = shift == 0 ? 0 : simd::popcount(bits << ((64 - shift) & 63));
        const std::uint64_t slice = bits >> shift & ((std::uint64_t{1} << A::lanes) - 1);
        simd::store(value + before, simd::compress<A>(simd::load<A>(from + shift), slice));
      });
      offset += simd::popcount(bits);
      value += simd::popcount(bits);
    }
  }
  LACUNA_INLINE void next() {
    k_ += cut_.columns;
    if (k_ < a_.cols()) decode();
  }
  LACUNA_INLINE list_ahead ahead() const { return {}; }

 private:
  static constexpr index_t longest = 8192 / A::lanes;  // columns of a chunk of one register's width

  LACUNA_NOINLINE void decode() {
    const index_t end = k_ + cut_.columns < a_.cols() ? k_ + cut_.columns : a_.cols();
    const index_t decoded = (end - k_ + 3) / 4 * 4;
    std::fill(columns_ + decoded * panel_rows, columns_ + cut_.columns * panel_rows, 0.0f);
    for (index_t p = 0; p < panels_; ++p) {
      expand_panel<walk, A, view>(a_, first_ + p, slot_[p], k_, end, columns_);
      float* const rows = dense_ + p * panel_rows * cut_.columns;
      for (index_t k = 0; k < cut_.columns; k += A::lanes)
        for (index_t r = 0; r < panel_rows; r += A::lanes)
          simd::transpose<A>(columns_ + k * panel_rows + r, panel_rows, rows + r * cut_.columns + k,
                             cut_.columns);
      row_masks(a_.where().at.mask.data() + (first_ + p) * format::words(a_.cols()) + k_ / 4, decoded / 4,
                reinterpret_cast<unsigned char*>(mask_ + p * panel_rows * (cut_.columns / 64)));
    }
  }
  /// `words` mask words of 4 columns to 16 rows of cut.columns bits; the rest of the chunk is empty.
  LACUNA_INLINE void row_masks(const std::uint64_t* word, index_t words, unsigned char* rows) const {
    const index_t row_bytes = cut_.columns / 8;
    for (index_t b = 0; b < row_bytes; ++b) {
      const std::uint64_t left = 2 * b < words ? column_order<I>(word[2 * b]) : 0;
      const std::uint64_t right = 2 * b + 1 < words ? column_order<I>(word[2 * b + 1]) : 0;
      const std::uint64_t low = transpose_bits(low_bytes(left) | low_bytes(right) << 32);
      const std::uint64_t high = transpose_bits(low_bytes(left >> 8) | low_bytes(right >> 8) << 32);
      for (index_t r = 0; r < 8; ++r) {
        rows[r * row_bytes + b] = static_cast<unsigned char>(low >> (8 * r));
        rows[(r + 8) * row_bytes + b] = static_cast<unsigned char>(high >> (8 * r));
      }
    }
  }

  mask_offsets<A> offsets_;
  view a_;
  index_t first_, panels_, k_ = 0;
  chunk_cut cut_;
  float *dense_, *columns_;
  std::uint64_t* mask_;
  index_t* slot_;
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
