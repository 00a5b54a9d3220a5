#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scores to a set: the k best, or the fewest that hold a share of the sum. No sort and no memory: bisection for the
// value at which the set ends, then one pass.
//
//   top_cut(scores, k)            the k largest
//   share_cut(scores, .95)        the smallest set of largest ones with sum >= .95 of the whole      (scores >= 0)
//   take(scores, cut, words)      adds them to a set of bits; of equal scores at the cut the first ones
//
// Floats are compared as integers of the same order, 16 at once: at most 32 steps of one pass each, between the least and
// the largest score; top_cut ends with the first limit that k scores reach. 1024 scores take about 2 us. A NaN is larger than all, so it
// is taken and shows. Of cumulative rules at the border this is the one: smallest prefix with sum >= share (FlexPrefill
// takes one more, XAttention asks for the sum before).
#include <lacuna/attention/select/bits.hpp>
#include <lacuna/simd/sixteen.hpp>
#include <limits>

namespace lacuna::select {

/// What is taken: all above `key`, and the first `ties` at it.
struct cut {
  std::int32_t key = std::numeric_limits<std::int32_t>::max();
  index_t above = 0, ties = 0;

  LACUNA_INLINE index_t count() const { return above + ties; }
};

/// An integer that orders as the float does; -0 is 0.
LACUNA_INLINE std::int32_t order_of(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x + 0.0f);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

inline namespace LACUNA_ARCH {
namespace detail {

LACUNA_NOINLINE inline index_t count_from(array_view<const float> scores, std::int32_t key) {
  using A = simd::best;
  const float* const p = scores.data();
  const index_t n = scores.size(), whole = n / 16 * 16;
  index_t below = 0;
  for (index_t i = 0; i < whole; i += 16)
    below += simd::popcount(simd::lanes_below(simd::order16(simd::load16<A>(p + i)), key));
  for (index_t i = whole; i < n; ++i) below += order_of(p[i]) < key;
  return n - below;
}
/// The least and the largest order.
struct key_range {
  std::int64_t least = std::int64_t{1} << 31, most = -(std::int64_t{1} << 31);
};
LACUNA_NOINLINE inline key_range range_of(array_view<const float> scores) {
  std::int32_t least = std::numeric_limits<std::int32_t>::max(), most = -least - 1;
  for (const float x : scores) {
    const std::int32_t key = order_of(x);
    least = key < least ? key : least;
    most = key > most ? key : most;
  }
  return {least, most};
}
/// In 8 sums, so that the order is the same whatever the compiler does.
LACUNA_NOINLINE inline double sum_from(array_view<const float> scores, std::int32_t key) {
  const float* const p = scores.data();
  double lane[8] = {};
  const index_t n = scores.size(), whole = n / 8 * 8;
  for (index_t i = 0; i < whole; i += 8)
    for (index_t l = 0; l < 8; ++l)
      lane[l] += order_of(p[i + l]) >= key ? static_cast<double>(p[i + l]) : 0.0;
  for (index_t i = whole; i < n; ++i)
    lane[i - whole] += order_of(p[i]) >= key ? static_cast<double>(p[i]) : 0.0;
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}
/// The largest key of a range at which `enough` holds; it holds at the least one.
template <class F>
std::int32_t last_enough(key_range range, const F& enough) {
  std::int64_t low = range.least, high = range.most + 1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (enough(static_cast<std::int32_t>(middle)) ? low : high) = middle;
  }
  return static_cast<std::int32_t>(low);
}
LACUNA_INLINE index_t count_above(array_view<const float> scores, std::int32_t key) {
  return key == std::numeric_limits<std::int32_t>::max() ? 0 : count_from(scores, key + 1);
}

}  // namespace detail

inline cut top_cut(array_view<const float> scores, index_t k) {
  if (k <= 0 || scores.size() == 0) return {};
  k = k < scores.size() ? k : scores.size();
  const auto range = detail::range_of(scores);
  std::int64_t low = range.least, high = range.most + 1;
  index_t above = 0;  // from `high` on: fewer than k
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    const index_t count = detail::count_from(scores, static_cast<std::int32_t>(middle));
    if (count == k) return {static_cast<std::int32_t>(middle - 1), k, 0};
    if (count > k)
      low = middle;
    else
      high = middle, above = count;
  }
  return {static_cast<std::int32_t>(low), above, k - above};
}

/// share >= 1: all of them, zeros too; share <= 0: none.
inline cut share_cut(array_view<const float> scores, double share) {
  if (share <= 0 || scores.size() == 0) return {};
  if (share >= 1) return top_cut(scores, scores.size());
  const auto range = detail::range_of(scores);
  const double goal = share * detail::sum_from(scores, static_cast<std::int32_t>(range.least));
  const auto key =
      detail::last_enough(range, [&](std::int32_t at) { return !(detail::sum_from(scores, at) < goal); });
  const index_t above = detail::count_above(scores, key), level = detail::count_from(scores, key) - above;
  const auto bits = key ^ ((key >> 31) & 0x7fffffff);
  const double each = static_cast<double>(std::bit_cast<float>(bits));
  const double held = above > 0 ? detail::sum_from(scores, key + 1) : 0;
  index_t ties = 0;  // the fewest of equal ones
  while (ties < level && held + static_cast<double>(ties) * each < goal) ++ties;
  return {key, above, ties};
}

/// f(index), ascending, of what the cut takes.
template <class F>
LACUNA_INLINE void each_taken(array_view<const float> scores, const cut& c, const F& f) {
  using A = simd::best;
  const float* const p = scores.data();
  const index_t n = scores.size(), whole = n / 16 * 16;
  index_t ties = c.ties;
  const auto one = [&](index_t i) LACUNA_LAMBDA {
    const std::int32_t key = order_of(p[i]);
    if (key > c.key || (key == c.key && ties-- > 0)) f(i);
  };
  for (index_t i = 0; i < whole; i += 16) {
    std::uint32_t from = ~simd::lanes_below(simd::order16(simd::load16<A>(p + i)), c.key) & 0xffffu;
    for (; from != 0; from &= from - 1) one(i + std::countr_zero(from));
  }
  for (index_t i = whole; i < n; ++i) one(i);
}
/// Adds what the cut takes to `words`.
inline void take(array_view<const float> scores, const cut& c, std::uint64_t* words) {
  each_taken(scores, c, [&](index_t i) LACUNA_LAMBDA { put(words, i); });
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna::select
