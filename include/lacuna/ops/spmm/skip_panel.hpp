#pragma once
// SPDX-License-Identifier: BSL-1.0
// The inner loop of the skip regime: the listed entries of a chunk times one panel of X.
//
//   row i:  sum[i][0 .. V*L)  +=  value[e] * x[offset[e] ..  V*L)      for its entries e
//
// Rows come in the order of their counts, so that the end of the loop over a row's entries predicts: 90 %
// sparse .41 -> .48 of the fma peak on a Zen 5. An entry is V loads of X, a broadcast and an offset for V fma. An Intel
// core that does 2 loads or 2 fma a cycle took 0.5 cycles for each fma and .37 more for each load beside them: .53 of the
// peak bounds this loop there. Two rows that share X's loads gained 1.04 to 1.11 at 50 % zeros, and nothing above 60 %.
#include <cstdint>
#include <lacuna/ops/lists/columns.hpp>
#include <lacuna/ops/spmm/skip_shape.hpp>
#include <lacuna/simd/vec.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace kernel {

/// The entries of a block of rows in one chunk, in the order of use.
struct skip_list {
  const std::uint16_t* offset;  // bytes from the start of the chunk of X
  const float* value;
  const std::uint16_t* row;  // of the block, by count; row_ahead readable ones follow
  const std::int32_t* run;   // rows row[run[c]] .. row[run[c + 1]] have c entries
  int least, most;           // counts there are
  list_ahead ahead;          // no arrays when there is nothing to bring
};
inline constexpr int row_ahead = 4;

/// Where the sums of a panel come from and go to, row i at i * stride; and the next chunk of X.
struct skip_sums {
  const float* from;
  index_t from_stride;
  float* to;
  index_t to_stride;
  const float* next_x;
  std::uintptr_t next_bytes;  // to ask for with each row, a multiple of 64
};

/// The entries of one row, in `chains` sets of sums so that eight fma are under way.
template <class A, int V>
LACUNA_INLINE void skip_row(const std::uint16_t* offset, const float* value, int count, const float* x,
                            const float* from, float* to) {
  constexpr int L = A::lanes, chains = (skip_shape<A>::most_vectors + V - 1) / V;
  simd::f32<A> sum[chains][V];
  simd::unroll<V>([&](auto j) LACUNA_LAMBDA { sum[0][j] = simd::load<A>(from + j * L); });
  simd::unroll<(chains - 1) * V>([&](auto i) LACUNA_LAMBDA { sum[1 + i / V][i % V] = simd::zero<A>(); });
  const auto add = [&](auto chain, int e) LACUNA_LAMBDA {
    const auto w = simd::set<A>(value[e]);
    const auto* const xe =
        reinterpret_cast<const float*>(reinterpret_cast<const unsigned char*>(x) + offset[e]);
    simd::unroll<V>([&](auto j) LACUNA_LAMBDA {
      sum[chain][j] = simd::fma(w, simd::load<A>(xe + j * L), sum[chain][j]);
    });
  };
  int e = 0;
  if constexpr (chains > 1)
    for (; e + chains <= count; e += chains)
      simd::unroll<chains>([&](auto c) LACUNA_LAMBDA { add(c, e + c); });
  for (; e < count; ++e) add(std::integral_constant<int, 0>{}, e);
  simd::unroll<(chains - 1) * V>(
      [&](auto i) LACUNA_LAMBDA { sum[0][i % V] = sum[0][i % V] + sum[1 + i / V][i % V]; });
  simd::unroll<V>([&](auto j) LACUNA_LAMBDA { simd::store(to + j * L, sum[0][j]); });
}

/// Asks for what row i will list in the next chunk, about as many entries as in this one.
LACUNA_INLINE void prefetch_row(const list_ahead& ahead, index_t i, int count) {
  for (const auto& array : ahead.arrays) {
    const std::uintptr_t bytes = array.bytes * static_cast<std::uintptr_t>(count);
    if (bytes == 0) continue;
    const std::uintptr_t first = array.bytes * static_cast<std::uintptr_t>(ahead.slot[i * ahead.step]);
    for (std::uintptr_t b = 64; b < bytes + 64; b += 64) simd::prefetch_l2(array.data, first + b);
  }
}

/// All rows of a list times V registers of a panel.
template <class A, int V>
LACUNA_NOINLINE void skip_panel(const skip_list& list, const float* x, const skip_sums& sums) {
  const std::uint16_t* offset = list.offset;
  const float* value = list.value;
  for (int count = list.least; count <= list.most; ++count)
    for (std::int32_t t = list.run[count]; t < list.run[count + 1]; ++t) {
      const float* const next = sums.from + list.row[t + row_ahead] * sums.from_stride;
      simd::unroll<V>([&](auto j) LACUNA_LAMBDA {
        if constexpr (j * A::lanes % 16 == 0) simd::prefetch(next + j * A::lanes);
      });
      const index_t i = list.row[t];
      prefetch_row(list.ahead, i, count);
      for (std::uintptr_t b = 0; b < sums.next_bytes; b += 64)
        simd::prefetch_l2(sums.next_x, static_cast<std::uintptr_t>(t) * sums.next_bytes + b);
      skip_row<A, V>(offset, value, count, x, sums.from + i * sums.from_stride, sums.to + i * sums.to_stride);
      offset += count;
      value += count;
    }
}

/// The same with V known only at run time.
template <class A, int V = 1>
LACUNA_INLINE void skip_panel(int vectors, const skip_list& list, const float* x, const skip_sums& sums) {
  if constexpr (V < skip_shape<A>::most_vectors)
    if (vectors > V) return skip_panel<A, V + 1>(vectors, list, x, sums);
  skip_panel<A, V>(list, x, sums);
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
