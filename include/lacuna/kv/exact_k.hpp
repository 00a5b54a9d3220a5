#pragma once
// SPDX-License-Identifier: BSL-1.0
// Exactly k of each row's values, the largest by magnitude: what a pruned cache keeps of a token.
//
//   row    0.1  -3  0.5  2  -0.5      k = 3  ->  mask 01110, kept -3 0.5 2      a tie goes to the lower index
//
// Magnitudes are compared as bits without the sign: -0 is 0, subnormals count, infinity is above all numbers and a NaN
// above infinity, so with at least one NaN in a row one is kept. The search goes through the bit planes of a row, from
// the exponent's top bit down, and asks of each plane whether the candidates that have the bit are enough:
//
//   enough:  candidates &= plane          else  chosen |= candidates & plane,  candidates &= ~plane,  need less
//
// Several rows at once, each step one popcount a word. The rule is exact-k pruning as in Mustafar (arXiv 2505.22913),
// whose own code keeps what reaches the threshold: `mustafar_keep` is its count.
#include <lacuna/core/matrix.hpp>
#include <lacuna/simd/expand.hpp>
#include <lacuna/simd/first.hpp>
#include <lacuna/simd/narrow.hpp>
#include <lacuna/simd/planes.hpp>

namespace lacuna {

/// Values that Mustafar keeps of `dim` at a sparsity: those not below the int(sparsity * dim)-th smallest.
LACUNA_INLINE constexpr index_t mustafar_keep(double sparsity, index_t dim) {
  const auto below = static_cast<index_t>(sparsity * static_cast<double>(dim));
  return below < 1 ? dim : dim - below + 1;
}

/// Words of 64 bits that the mask of one row takes.
LACUNA_INLINE constexpr index_t mask_words(index_t dim) { return (dim + 63) / 64; }

namespace detail {
inline namespace LACUNA_ARCH {

inline constexpr index_t most_mask_words = 16;

/// A search in words<A>::lanes rows of W words, on the way down through their planes.
template <class A, int W>
struct largest {
  using words = simd::words<A>;
  static constexpr int lanes = words::lanes;
  words chosen[W], candidates[W], need;

  LACUNA_INLINE largest(index_t dim, index_t k) : need(words::set(static_cast<std::uint64_t>(k))) {
    for (int w = 0; w < W; ++w) {
      const index_t left = dim - 64 * w;
      chosen[w] = words::set(0);
      candidates[w] = words::set(left >= 64 ? ~std::uint64_t{0}
                                 : left > 0 ? (std::uint64_t{1} << left) - 1
                                            : 0);
    }
  }
  /// planes[(w * 16 + b) * lanes + row], from b = bits - 1 down to 0.
  LACUNA_INLINE void search(const std::uint64_t* planes, int bits) {
    for (int b = bits - 1; b >= 0; --b) {
      words with[W], count = words::set(0);
      for (int w = 0; w < W; ++w) {
        with[w] = candidates[w] & words::load(planes + (w * 16 + b) * lanes);
        count = count + popcount(with[w]);
      }
      const auto few = less(count, need);
      need = minus_where(few, need, count);
      for (int w = 0; w < W; ++w) {
        chosen[w] = or_where(few, chosen[w], with[w]);
        candidates[w] = xor_where(few, with[w], candidates[w]);
      }
    }
  }
  /// The masks of the first `rows` rows, one after the other; of equal values the first ones.
  LACUNA_INLINE void finish(index_t rows, index_t row_words, std::uint64_t* masks) const {
    std::uint64_t above[W][lanes], equal[W][lanes], left[lanes];
    need.store(left);
    for (int w = 0; w < W; ++w) chosen[w].store(above[w]), candidates[w].store(equal[w]);
    for (index_t t = 0; t < rows; ++t) {
      auto n = static_cast<int>(left[t]);
      for (index_t w = 0; w < row_words; ++w) {
        const int here = simd::popcount(equal[w][t]), take = here < n ? here : n;
        masks[t * row_words + w] = above[w][t] | simd::first_bits(equal[w][t], take < 64 ? take : 64);
        n -= take;
      }
    }
  }
};

/// Rows of 16-bit values as rows of `width`, zeros after their end.
LACUNA_INLINE void copy_rows(const void* rows, index_t stride, index_t count, index_t dim, index_t width,
                             std::uint16_t* to) {
  for (index_t t = 0; t < count; ++t) {
    std::memcpy(to + t * width, static_cast<const std::byte*>(rows) + t * stride * 2,
                static_cast<std::size_t>(dim) * 2);
    std::memset(to + t * width + dim, 0, static_cast<std::size_t>(width - dim) * 2);
  }
}
/// The upper and lower halves of rows of floats, likewise. True when a lower one has a bit: bf16 rows have none.
template <class A>
LACUNA_INLINE bool split_rows(const float* rows, index_t stride, index_t count, index_t dim, index_t width,
                              std::uint16_t* upper, std::uint16_t* lower) {
  auto any = simd::zero_i32<A>();
  for (index_t t = 0; t < count; ++t)
    for (index_t c = 0; c < width; c += A::lanes) {
      const float* const p = rows + t * stride + c;
      const auto x = dim - c >= A::lanes ? simd::as_i32(simd::load<A>(p))
                     : dim > c           ? simd::as_i32(simd::load_first<A>(p, dim - c))
                                         : simd::zero_i32<A>();
      simd::store_u16(upper + t * width + c, simd::shr<16>(x));
      simd::store_u16(lower + t * width + c, x);
      any = any | x;
    }
  std::uint16_t lane[2 * A::lanes], bits = 0;
  simd::store_raw(lane, any);
  for (int l = 0; l < A::lanes; ++l) bits = static_cast<std::uint16_t>(bits | lane[2 * l]);
  return bits != 0;
}

/// Masks of up to words<A>::lanes rows.
template <class A, int W, class T>
LACUNA_NOINLINE void few_rows(const T* rows, index_t stride, index_t count, index_t dim, index_t k,
                              std::uint64_t* masks) {
  constexpr index_t L = simd::words<A>::lanes, width = 64 * W;
  alignas(64) std::uint64_t planes[W * 16 * L];
  const auto fill = [&](const std::uint16_t* from, index_t step) LACUNA_LAMBDA {
    for (int w = 0; w < W; ++w) simd::bit_planes<A>(from + 64 * w, step, planes + w * 16 * L);
  };
  largest<A, W> found(dim, k);
  if constexpr (sizeof(T) == 2)
    if (count == L && dim == width) {
      fill(reinterpret_cast<const std::uint16_t*>(rows), stride);
      found.search(planes, 15);
      return found.finish(count, mask_words(dim), masks);
    }
  alignas(64) std::uint16_t upper[L * width], lower[sizeof(T) == 4 ? L * width : 1];
  if (count < L) std::memset(upper, 0, sizeof upper), std::memset(lower, 0, sizeof lower);
  bool more = false;
  if constexpr (sizeof(T) == 4)
    more = split_rows<A>(rows, stride, count, dim, width, upper, lower);
  else
    copy_rows(rows, stride, count, dim, width, upper);
  fill(upper, width);
  found.search(planes, 15);
  if (more) {
    fill(lower, width);
    found.search(planes, 16);
  }
  found.finish(count, mask_words(dim), masks);
}

/// Asks for the rows after these `bytes`: 16 rows of 128 fill a page, where the hardware's own prefetch ends, and 64
/// kept of 128 went from 25 to 39 million rows a second, from memory.
LACUNA_INLINE void prefetch_next(const void* p, index_t bytes) {
  for (index_t b = 0; b < bytes; b += 64) simd::prefetch_ahead(p, static_cast<std::uintptr_t>(bytes + b));
}

template <class A, class T>
LACUNA_INLINE void select_rows(const T* rows, index_t stride, index_t count, index_t dim, index_t k,
                               std::uint64_t* masks) {
  if (dim <= 64) return few_rows<A, 1>(rows, stride, count, dim, k, masks);
  if (dim <= 128) return few_rows<A, 2>(rows, stride, count, dim, k, masks);
  if (dim <= 256) return few_rows<A, 4>(rows, stride, count, dim, k, masks);
  few_rows<A, most_mask_words>(rows, stride, count, dim, k, masks);
}

/// The values of a row that its mask keeps, to p; no byte at or after `end` is written. Returns p past them.
template <class A, class T>
LACUNA_INLINE T* compress_row(const T* row, index_t dim, const std::uint64_t* mask, T* p, const T* end) {
  constexpr int n = A::lanes * 4 / static_cast<int>(sizeof(T));
  for (index_t c = 0; c < dim; c += n) {
    const std::uint64_t m =
        mask[c / 64] >> (c % 64) & (n < 64 ? (std::uint64_t{1} << (n % 64)) - 1 : ~std::uint64_t{0});
    const auto all =
        dim - c >= n ? simd::load_raw<A>(row + c) : simd::load_raw_first<sizeof(T), A>(row + c, dim - c);
    const auto kept = simd::compress_raw<sizeof(T)>(all, m);
    const int count = simd::popcount(m);
    if (end - p >= n)
      simd::store_raw(p, kept);
    else
      simd::store_raw_first<sizeof(T)>(p, count, kept);
    p += count;
  }
  return p;
}

// Not inlined: g++ 12 warns of copies out of bounds when it joins the strings inside exact_k.
LACUNA_NOINLINE inline void check_exact_k(const char* verb, index_t rows, index_t dim, index_t k,
                                          index_t words) {
  if (dim > 64 * most_mask_words || k < 0 || k > dim)
    fail(errc::argument, std::string(verb) + ": need rows of <= 1024 values and 0 <= k <= that; got " +
                             count_text(dim) + " values, k " + count_text(k));
  if (words != rows * mask_words(dim))
    fail(errc::shape, std::string(verb) + ": need " + count_text(mask_words(dim)) +
                          " words of mask for each of " + count_text(rows) + " rows; got " +
                          count_text(words));
}

template <class T>
inline constexpr bool has_magnitude =
    std::is_same_v<T, bf16> || std::is_same_v<T, f16> || std::is_same_v<T, float>;

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// Bit c % 64 of masks[t * mask_words(dim) + c / 64]: is x(t, c) among the k largest magnitudes of row t? Rows of up to
/// 1024 bf16, f16 or floats. Fails with errc::argument on k or a row's size, errc::shape on the masks'.
template <class A = simd::best, class T>
requires detail::has_magnitude<T>
void exact_k(matrix_view<const T> x, index_t k, array_view<std::uint64_t> masks) {
  detail::check_exact_k("exact_k", x.rows(), x.cols(), k, masks.size());
  constexpr index_t L = simd::words<A>::lanes;
  const index_t words = mask_words(x.cols());
  for (index_t t = 0; t < x.rows(); t += L) {
    const index_t count = x.rows() - t < L ? x.rows() - t : L;
    const T* const rows = x.data() + t * x.stride();
    detail::prefetch_next(rows, count * x.stride() * static_cast<index_t>(sizeof(T)));
    detail::select_rows<A>(rows, x.stride(), count, x.cols(), k, masks.data() + t * words);
  }
}

/// Those masks, and the values they keep: kept[t * k ...] in index order. Fails with errc::shape on the size of `kept`,
/// which is rows * k.
template <class A = simd::best, class T>
requires detail::has_magnitude<T>
void prune_rows(matrix_view<const T> x, index_t k, array_view<std::uint64_t> masks, array_view<T> kept) {
  detail::check_exact_k("prune_rows", x.rows(), x.cols(), k, masks.size());
  if (kept.size() != x.rows() * k)
    fail(errc::shape,
         "prune_rows: need room for " + shape_text(x.rows(), k) + " values; got " + count_text(kept.size()));
  constexpr index_t L = simd::words<A>::lanes;
  const index_t words = mask_words(x.cols());
  T *p = kept.data(), *const end = p + kept.size();
  for (index_t t = 0; t < x.rows(); t += L) {
    const index_t count = x.rows() - t < L ? x.rows() - t : L;
    const index_t bytes = count * x.stride() * static_cast<index_t>(sizeof(T));
    detail::prefetch_next(x.data() + t * x.stride(), bytes);
    std::uint64_t* const mask = masks.data() + t * words;
    detail::select_rows<A>(x.data() + t * x.stride(), x.stride(), count, x.cols(), k, mask);
    for (index_t i = 0; i < count; ++i)
      p = detail::compress_row<A>(x.data() + (t + i) * x.stride(), x.cols(), mask + i * words, p, end);
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
