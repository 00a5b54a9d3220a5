#pragma once
// SPDX-License-Identifier: BSL-1.0
// Double Sparsity's offline step (arXiv 2408.07092): which channels of a key tell its product with a query.
//
//   channel_calibration seen(query_heads, kv_heads, head_dim);
//   for (each sample) seen.add(q, k);                 rows of tokens, after RoPE: a token's query beside its own key
//   summary::channels{.count = 16, .list = seen.list(16)}
//
// The measure of a channel is the mean of |q[c] k[c]| over all tokens of all samples: sums in double are added to, never
// replaced. Query heads of a KV head share its labels, so their measures are added. Ties go to the lower channel.
#include <algorithm>
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <numeric>
#include <vector>

namespace lacuna {

/// What a channel is measured by; the paper's other two ignore one side.
enum class channel_measure { product, query, key };

class channel_calibration {
 public:
  /// Fails with errc::shape unless query_heads is a multiple of kv_heads.
  LACUNA_INLINE channel_calibration(index_t query_heads, index_t kv_heads, index_t head_dim,
                                    channel_measure by = channel_measure::product)
      : heads_(query_heads),
        group_(kv_heads > 0 ? query_heads / kv_heads : 0),
        dim_(head_dim),
        by_(by),
        sums_(static_cast<std::size_t>(query_heads * head_dim)) {
    if (kv_heads < 1 || head_dim < 1 || query_heads != group_ * kv_heads || query_heads == 0)
      fail(errc::shape, "channel_calibration: need query heads that are a multiple of the KV heads; got " +
                            count_text(query_heads) + " and " + count_text(kv_heads));
  }
  /// q [tokens, query_heads * head_dim], k [tokens, kv_heads * head_dim]. Fails with errc::shape.
  LACUNA_INLINE void add(matrix_view<const float> q, matrix_view<const float> k);

  LACUNA_INLINE index_t tokens() const { return tokens_; }
  /// The mean of one channel of one query head.
  LACUNA_INLINE double measure(index_t query_head, index_t channel) const {
    return tokens_ == 0
               ? 0
               : sums_[static_cast<std::size_t>(query_head * dim_ + channel)] / static_cast<double>(tokens_);
  }
  /// The best `count` channels of each KV head, best first, [kv_heads][count]. Fails with errc::argument.
  LACUNA_INLINE std::vector<std::int32_t> list(index_t count) const;

 private:
  index_t heads_, group_, dim_, tokens_ = 0;
  channel_measure by_;
  std::vector<double> sums_;  // [query head][channel]
};

namespace detail {
inline namespace LACUNA_ARCH {

inline void add_measures(matrix_view<const float> q, matrix_view<const float> k, index_t heads, index_t group,
                         index_t dim, channel_measure by, double* sums) {
  for (index_t t = 0; t < q.rows(); ++t)
    for (index_t h = 0; h < heads; ++h)
      for (index_t c = 0; c < dim; ++c) {
        const double x = by == channel_measure::key ? 1 : q(t, h * dim + c);
        const double y = by == channel_measure::query ? 1 : k(t, h / group * dim + c);
        sums[h * dim + c] += std::fabs(x * y);
      }
}

inline void best_channels(const double* sums, index_t group, index_t dim, index_t count, std::int32_t* list) {
  std::vector<double> total(static_cast<std::size_t>(dim));
  for (index_t g = 0; g < group; ++g)
    for (index_t c = 0; c < dim; ++c) total[static_cast<std::size_t>(c)] += sums[g * dim + c];
  std::vector<std::int32_t> order(total.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return total[static_cast<std::size_t>(a)] > total[static_cast<std::size_t>(b)];
  });
  std::copy(order.begin(), order.begin() + count, list);
}

}  // namespace LACUNA_ARCH
}  // namespace detail

LACUNA_INLINE void channel_calibration::add(matrix_view<const float> q, matrix_view<const float> k) {
  if (q.rows() != k.rows() || q.cols() != heads_ * dim_ || k.cols() != heads_ / group_ * dim_)
    fail(errc::shape, "channel_calibration: need Q [tokens, " + count_text(heads_ * dim_) + "], K [tokens, " +
                          count_text(heads_ / group_ * dim_) + "]; got Q " + shape_text(q.rows(), q.cols()) +
                          ", K " + shape_text(k.rows(), k.cols()));
  detail::add_measures(q, k, heads_, group_, dim_, by_, sums_.data());
  tokens_ += q.rows();
}

LACUNA_INLINE std::vector<std::int32_t> channel_calibration::list(index_t count) const {
  if (count < 1 || count > dim_)
    fail(errc::argument,
         "channel_calibration: need 1 <= channels <= " + count_text(dim_) + "; got " + count_text(count));
  std::vector<std::int32_t> all(static_cast<std::size_t>(heads_ / group_ * count));
  for (index_t h = 0; h < heads_ / group_; ++h)
    detail::best_channels(sums_.data() + h * group_ * dim_, group_, dim_, count, all.data() + h * count);
  return all;
}

}  // namespace lacuna
