#pragma once
// SPDX-License-Identifier: BSL-1.0
// Lists of a bitmap: a mask word picks its offsets from 0, b, 2b, ... 63b, values lie packed as they are.
//
//   mask 1 0 0 1     compress(0 b 2b 3b)  ->  0 3b
#include <bit>
#include <lacuna/format/bitmap.hpp>
#include <lacuna/ops/lists/lists.hpp>
#include <lacuna/simd/expand.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// Offsets of the set bits of a mask word: bit b is at b * bytes.
template <class A>
class mask_offsets {
  // One instruction with AVX-512, a table of shuffles with AVX2; bit by bit is faster than their plain text.
  static constexpr bool compresses = A::lanes >= 8 && !std::is_same_v<A, simd::plain>;

 public:
  LACUNA_INLINE explicit mask_offsets(index_t bytes) {
    for (index_t b = 0; b < 64; ++b) steps_[b] = static_cast<std::uint16_t>(b * bytes);
  }
  /// May write up to `list_slack` past the last.
  LACUNA_INLINE void operator()(std::uint64_t bits, std::uint16_t base, std::uint16_t* offset) const {
    if constexpr (compresses) {
      constexpr int half = 2 * A::lanes;  // offsets of 16 bits in a register
      const auto from = simd::set_i32<A>(static_cast<std::int32_t>(base * 0x10001u));
      simd::unroll<64 / half>([&](auto v) LACUNA_LAMBDA {
        const auto all = simd::load_raw<A>(steps_ + v * half) + from;
        const int before = v == 0 ? 0 : simd::popcount(bits << ((64 - v * half) & 63));
        simd::store_raw<A>(offset + before, simd::compress_raw<2>(all, bits >> (v * half) & low<half>));
      });
    } else {
      for (; bits != 0; bits &= bits - 1)
        *offset++ = static_cast<std::uint16_t>(base + steps_[std::countr_zero(bits)]);
    }
  }
  template <int Bits>
  static constexpr std::uint64_t low = (std::uint64_t{1} << Bits) - 1;

  alignas(64) std::uint16_t steps_[64];
};

template <unscaled_codec C, class A>
class lister_of<bitmap, C, A> : public slot_a_row {
  using view = sparse_view<bitmap, C>;

 public:
  /// The chunk is a whole number of words.
  LACUNA_INLINE lister_of(const view& a, row_range r, chunk_cut cut, void* memory)
      : offsets_(cut.bytes),
        mask_(a.where().at.mask.data() + r.first * bitmap::words(a.cols())),
        words_(bitmap::words(a.cols())),
        values_{a.values().data()},
        stored_(a.nnz()),
        cut_(cut),
        slot_(static_cast<index_t*>(memory)) {
    for (index_t i = r.first; i < r.last; ++i) slot_[i - r.first] = a.where().at.row_ptr[i];
  }

  LACUNA_INLINE int count(index_t i) const {
    int n = 0;
    for (index_t q = word_; q < last_word(); ++q) n += simd::popcount(mask_[i * words_ + q]);
    return n;
  }
  LACUNA_INLINE void fill(index_t i, int n, std::uint16_t* offset, float* value) {
    for (index_t q = word_; q < last_word(); ++q) {
      const std::uint64_t bits = mask_[i * words_ + q];
      offsets_(bits, static_cast<std::uint16_t>((q - word_) * 64 * cut_.bytes), offset);
      offset += simd::popcount(bits);
    }
    list_values<C, A>(values_, slot_[i], n, stored_, value);
    slot_[i] += n;
  }
  LACUNA_INLINE void next() { word_ += cut_.columns / 64; }
  LACUNA_INLINE list_ahead ahead() const {
    return {{{values_.values, valueless_codec<C> ? 0 : sizeof(element_t<C>)}, {}}, slot_, 1};
  }

 private:
  LACUNA_INLINE index_t last_word() const {
    const index_t last = word_ + cut_.columns / 64;
    return last < words_ ? last : words_;
  }
  mask_offsets<A> offsets_;
  const std::uint64_t* mask_;
  index_t words_, word_ = 0;
  lane_values<C, A> values_;
  index_t stored_;
  chunk_cut cut_;
  index_t* slot_;
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
