#pragma once
// SPDX-License-Identifier: BSL-1.0
// bitmap: a mask word is 64 columns; each slice of L bits expands the next popcount(slice) values to its lanes.
//
//   slice 1 0 0 1    values a b ...    lanes a 0 0 b    next slice continues at c
//
// Offsets inside a word are popcounts of its lower bits, so the chain from word to word is one add.
#include <lacuna/format/bitmap.hpp>
#include <lacuna/ops/lanes/lanes.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <unscaled_codec C, class A>
struct lanes_of<bitmap, C, A> : row_walk<C, A> {
  using base = row_walk<C, A>;
  using base::L;
  static constexpr std::uint64_t slice_bits = (std::uint64_t{1} << L) - 1;
  // The value stream advances by unequal steps, which the hardware prefetcher does not follow: 4 KB ahead by
  // hand took f32 from 11 to 40 GB/s on a Zen 5, 1 KB only to 33.
  static constexpr std::uintptr_t ahead = 4096;

  template <int U, class F>
  LACUNA_INLINE static void walk(const sparse_view<bitmap, C>& a, index_t row, F&& f) {
    const lane_values<C, A> values{a.values().data()};
    const auto& w = a.where().at;
    const index_t words = bitmap::words(a.cols());
    const std::uint64_t* const mask = w.mask.data() + row * words;
    index_t slot = w.row_ptr[row], q = 0;
    for (const index_t whole = a.cols() / 64; q < whole && slot + 64 <= a.nnz(); ++q) {
      if constexpr (!valueless_codec<C>) simd::prefetch_ahead(values.values + slot, ahead);
      word<U>(values, mask[q], slot, q * 64, f);
      slot += simd::popcount(mask[q]);
    }
    for (; q < words; ++q) {
      last_word(values, mask[q], slot, q * 64, a.cols(), f);
      slot += simd::popcount(mask[q]);
    }
  }

 private:
  /// 64 columns inside the matrix, with 64 values left in the array.
  template <int U, class F>
  LACUNA_INLINE static void word(const lane_values<C, A>& values, std::uint64_t bits, index_t slot, index_t k,
                                 F& f) {
    simd::unroll<64 / L>([&](auto v) LACUNA_LAMBDA {
      constexpr int shift = v * L;
      const std::uint64_t slice = bits >> shift & slice_bits;
      const index_t before = shift == 0 ? 0 : simd::popcount(bits << ((64 - shift) & 63));
      f(constant<v % U>{}, constant<0>{}, simd::expand<A>(values.load(slot + before), slice),
        base::at(k + shift));
    });
  }
  /// The end of a row or of the values: touches nothing beyond.
  template <class F>
  LACUNA_INLINE static void last_word(const lane_values<C, A>& values, std::uint64_t bits, index_t slot,
                                      index_t k, index_t cols, F& f) {
    for (; bits != 0; bits = L < 64 ? bits >> L : 0, k += L) {
      const std::uint64_t slice = bits & slice_bits;
      const int n = simd::popcount(slice);
      const int width = static_cast<int>(cols - k < L ? cols - k : L);
      if (n > 0)
        f(constant<0>{}, constant<0>{}, simd::expand<A>(values.load_first(slot, n), slice),
          base::at_first(k, width));
      slot += n;
    }
  }
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
