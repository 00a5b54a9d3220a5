#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scores to a set: the k best, or the fewest that hold a share of the sum. No sort and no memory: bisection for the
// value at which the set ends, then one pass.
//
//   top_cut(scores, k)            the k largest
//   share_cut(scores, .95)        the smallest set of largest ones with sum >= .95 of the whole      (scores >= 0)
//   take(scores, cut, words)      adds them to a set of bits; of equal scores at the cut the first ones
//
// Floats are compared as integers of the same order: at most 32 steps of one pass each. A NaN is larger than all, so it
// is taken and shows. Of cumulative rules at the border this is the one: smallest prefix with sum >= share (FlexPrefill
// takes one more, XAttention asks for the sum before).
#include <lacuna/attention/select/bits.hpp>
#include <limits>

namespace lacuna::select {

/// What is taken: all above `key`, and the first `ties` at it.
struct cut {
  std::int32_t key = std::numeric_limits<std::int32_t>::max();
  index_t above = 0, ties = 0;

  LACUNA_INLINE index_t count() const { return above + ties; }
};

/// An integer that orders as the float does; -0 below 0.
LACUNA_INLINE std::int32_t order_of(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

inline namespace LACUNA_ARCH {
namespace detail {

LACUNA_NOINLINE inline index_t count_from(array_view<const float> scores, std::int32_t key) {
  const float* const p = scores.data();
  std::int32_t lane[16] = {};
  const index_t n = scores.size(), whole = n / 16 * 16;
  for (index_t i = 0; i < whole; i += 16)
    for (index_t l = 0; l < 16; ++l) lane[l] += order_of(p[i + l]) >= key;
  index_t sum = 0;
  for (const std::int32_t x : lane) sum += x;
  for (index_t i = whole; i < n; ++i) sum += order_of(p[i]) >= key;
  return sum;
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
/// The largest key at which `enough` holds; it holds at the smallest.
template <class F>
std::int32_t last_enough(const F& enough) {
  std::int64_t low = std::numeric_limits<std::int32_t>::min(), high = std::int64_t{1} << 31;
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
  const auto key = detail::last_enough([&](std::int32_t at) { return detail::count_from(scores, at) >= k; });
  const index_t above = detail::count_above(scores, key);
  return {key, above, k - above};
}

/// share >= 1: all of them, zeros too; share <= 0: none.
inline cut share_cut(array_view<const float> scores, double share) {
  if (share <= 0 || scores.size() == 0) return {};
  if (share >= 1) return top_cut(scores, scores.size());
  const double goal = share * detail::sum_from(scores, std::numeric_limits<std::int32_t>::min());
  const auto key =
      detail::last_enough([&](std::int32_t at) { return !(detail::sum_from(scores, at) < goal); });
  const index_t above = detail::count_above(scores, key), level = detail::count_from(scores, key) - above;
  const auto bits = key ^ ((key >> 31) & 0x7fffffff);
  const double each = static_cast<double>(std::bit_cast<float>(bits));
  const double held = above > 0 ? detail::sum_from(scores, key + 1) : 0;
  index_t ties = 0;  // the fewest of equal ones
  while (ties < level && held + static_cast<double>(ties) * each < goal) ++ties;
  return {key, above, ties};
}

/// Adds what the cut takes to `words`.
inline void take(array_view<const float> scores, const cut& c, std::uint64_t* words) {
  index_t ties = c.ties;
  for (index_t i = 0; i < scores.size(); ++i) {
    const std::int32_t key = order_of(scores[i]);
    if (key > c.key || (key == c.key && ties-- > 0)) put(words, i);
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna::select
