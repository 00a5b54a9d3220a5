#pragma once
// SPDX-License-Identifier: BSL-1.0
// Lists of nm, M a power of two: every row has the same count, a field and its group's place make an offset.
#include <lacuna/format/nm.hpp>
#include <lacuna/ops/lists/lists.hpp>
#include <lacuna/simd/unpack.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

template <int N, int M, unscaled_codec C, class A>
requires((M & (M - 1)) == 0) class lister_of<nm<N, M>, C, A> : public slot_a_row {
  using format = nm<N, M>;
  using view = sparse_view<format, C>;
  static constexpr int L = A::lanes;

 public:
  /// The chunk is a whole number of groups.
  LACUNA_INLINE lister_of(const view& a, row_range r, chunk_cut cut, void* memory)
      : index_(a.where().at.index.data() + r.first * format::row_bytes(a.cols())),
        row_bytes_(format::row_bytes(a.cols())),
        row_slots_(format::row_slots(a.cols())),
        visited_(format::visited(a.cols())),
        values_{a.values().data()},
        stored_(a.nnz()),
        cut_(cut),
        first_(static_cast<index_t*>(memory)) {
    for (index_t i = r.first; i < r.last; ++i) first_[i - r.first] = i * row_slots_;
  }

  LACUNA_INLINE int count(index_t) const {
    const index_t in_chunk = cut_.columns / M * N, left = visited_ - slot_;
    return static_cast<int>(in_chunk < left ? in_chunk : left);
  }
  LACUNA_INLINE void fill(index_t i, int n, std::uint16_t* offset, float* value) const {
    const std::uint8_t* const fields = index_ + i * row_bytes_;
    int e = 0;
    if constexpr (L % N == 0) {
      const auto bytes = simd::set_i32<A>(static_cast<std::int32_t>(cut_.bytes));
      if (slot_ % L == 0)
        for (; e + L <= n; e += L) {
          const auto group = groups() + simd::set_i32<A>(e / N * M);
          simd::store_u16<A>(offset + e,
                             (simd::unpack_fields<format::index_bits, A>(fields, slot_ + e) + group) * bytes);
        }
    }
    for (; e < n; ++e)
      offset[e] = static_cast<std::uint16_t>((e / N * M + format::field(fields, slot_ + e)) * cut_.bytes);
    list_values<C, A>(values_, first_[i] + slot_, n, stored_, value);
  }
  LACUNA_INLINE void next() { slot_ += cut_.columns / M * N; }
  LACUNA_INLINE list_ahead ahead() const {
    if constexpr (valueless_codec<C>)
      return {};
    else
      return {{{values_.values + slot_, sizeof(element_t<C>)}, {}}, first_, 1};
  }

 private:
  /// The first column of each lane's group.
  LACUNA_INLINE static simd::i32<A> groups() {
    std::int32_t c[L];
    for (int l = 0; l < L; ++l) c[l] = l / N * M;
    return simd::load<A>(c);
  }

  const std::uint8_t* index_;
  index_t row_bytes_, row_slots_, visited_, slot_ = 0;
  lane_values<C, A> values_;
  index_t stored_;
  chunk_cut cut_;
  index_t* first_;
};

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
