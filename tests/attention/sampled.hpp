#pragma once
// SPDX-License-Identifier: BSL-1.0
// Attention weights of sampled rows in double, with bounds derived as prefill.hpp derives those of its outputs:
//
//   a weight   relative: e^(2 max ds) - 1 for the score and the sum it is divided by, exp2 and the rescales of the sum,
//              and u (|log sum| + 127) for the difference in the second exponent
#include <lacuna/attention/sampled/sample.hpp>

#include "attention/prefill.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// p(h * rows + i, k) for row i of the list; `sees` takes positions.
template <class Q, class K>
expectation weights_of(const head_view<Q>& q, const head_view<K>& k, array_view<const index_t> rows,
                       const std::function<bool(index_t, index_t, index_t)>& sees, bool bf16_products,
                       index_t fold = 1) {
  const index_t nq = q.tokens() / fold, nk = k.tokens() / fold, dim = q.dim();
  expectation t(q.heads() * rows.size(), nk);
  const double u = 0x1p-24, ub = bf16_products ? 0x1p-9 : 0;
  const double scale = 1 / (std::sqrt(double(dim)) * double(fold));
  for (index_t h = 0; h < q.heads(); ++h)
    for (index_t i = 0; i < rows.size(); ++i) {
      const index_t kv = h / (q.heads() / k.heads()), row = h * rows.size() + i;
      double top = -HUGE_VAL, slack = 0, most = 0, sum = 0;
      for (index_t j = 0; j < nk; ++j) {
        if (!sees(h, rows[i] + nk - nq, j)) continue;
        double dot = 0, size = 0;
        for (index_t f = 0; f < fold; ++f)
          for (index_t d = 0; d < dim; ++d) {
            const double x = double(float(q.row(h, rows[i] * fold + fold - 1 - f)[d])) *
                             double(float(k.row(kv, j * fold + f)[d])) * scale;
            dot += x, size += std::fabs(x);
          }
        slack = std::max(slack, size * (gamma(dim * fold + 3, u) + 2 * ub + ub * ub));
        t(row, j).value = dot;
        top = std::max(top, dot), most = std::max(most, std::fabs(dot));
      }
      for (index_t j = 0; j < nk; ++j)
        if (sees(h, rows[i] + nk - nq, j)) sum += std::exp(t(row, j).value - top);
      const double steps = double(nk) / 64 + 2;
      const double weight = std::expm1(2 * (slack + 12 * u * most)) + steps * 0x1p-21;
      const double all = 2 * weight + gamma(nk, u) + 2 * u * (1.5 * (std::fabs(top) + std::log(sum)) + 127);
      for (index_t j = 0; j < nk; ++j)
        if (sees(h, rows[i] + nk - nq, j)) {
          const double p = std::exp(t(row, j).value - top) / sum;
          t(row, j) = {p, all * p + 0x1p-120};
        }
    }
  return t;
}

inline void add(approx& to, const approx& x, index_t terms) {
  to.value += x.value;
  to.error += x.error + gamma(terms, 0x1p-24) * (std::fabs(x.value) + x.error);
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
