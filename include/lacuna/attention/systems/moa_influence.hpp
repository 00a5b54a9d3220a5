#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a rule of MoA (arXiv 2406.14909) costs a head, from one profiled sample: attention weights and their gradients.
//
//   influence_of(A, dA, E)           what the loss changes when a weight is masked and its row rescaled, to first order
//   masked_influence(E, span)        the loss of a rule: what it masks; summed over samples, a column of search_plan's losses
#include <lacuna/attention/systems/moa_plan.hpp>

namespace lacuna {
inline namespace LACUNA_ARCH {

/// E[i][j] = -g a + a / (1 - a) * (sum of g a over the others of row i), g = dA[i][j], a = A[i][j]: the change of a loss
/// that is linear in A when position j leaves row i. A row with one weight of 1 loses everything: infinite there.
inline void influence_of(matrix_view<const float> A, matrix_view<const float> dA, matrix_view<float> E) {
  for (index_t i = 0; i < A.rows(); ++i) {
    double all = 0;
    for (index_t j = 0; j < A.cols(); ++j) all += double(A(i, j)) * dA(i, j);
    for (index_t j = 0; j < A.cols(); ++j) {
      const double a = A(i, j), own = a * dA(i, j);
      E(i, j) = a < 1 ? static_cast<float>((all - own) * (a / (1 - a)) - own)
                      : std::numeric_limits<float>::infinity();
    }
  }
}

/// The influence of all positions of the causal N x N map E that a rule masks: outside the sinks and the last blocks.
inline double masked_influence(matrix_view<const float> E, const elastic_span& span) {
  const index_t N = E.rows(), reach = span.blocks(N);
  double lost = 0;
  for (index_t i = 0; i < N; ++i)
    for (index_t j = elastic_span::sinks; j <= i; ++j)
      if (i / elastic_span::block - j / elastic_span::block >= reach) lost += E(i, j);
  return lost;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
