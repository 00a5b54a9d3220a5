#pragma once
// SPDX-License-Identifier: BSL-1.0
// The product in double, and how far a form's output is from it.
//
//   error = max over outputs of |y - sum w x| / sum |w||x|        sums in double, over the stored values
//
// So 1e-7 is what float arithmetic costs, 1e-3 what bf16 weights cost, and 1 is plainly wrong.
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <lacuna/format.hpp>
#include <limits>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// Products of a with tokens x, token-major; the first t tokens are the answer for t tokens, too.
class oracle {
 public:
  /// A product of more than `most_work` multiplications is checked on rows spread evenly: 2^30 take half a
  /// second.
  oracle(const sparse_view<csr, float>& a, const matrix<float>& x, double most_work = 1073741824.0)
      : tokens_((x.rows() + 7) / 8 * 8) {
    const double work = static_cast<double>(a.nnz()) * static_cast<double>(tokens_);
    rows_ = work <= most_work ? a.rows()
                              : static_cast<index_t>(static_cast<double>(a.rows()) * (most_work / work));
    rows_ = rows_ < 1 && a.rows() > 0 ? 1 : rows_;
    all_ = a.rows();
    sums_ = matrix<double>(rows_, tokens_);
    sizes_ = matrix<double>(rows_, tokens_);
    matrix<double> by_column(x.cols(), tokens_);
    for (index_t t = 0; t < x.rows(); ++t)
      for (index_t k = 0; k < x.cols(); ++k) by_column(k, t) = static_cast<double>(x(t, k));
    for (index_t r = 0; r < rows_; ++r)
      a.visit_row(row(r), [&](index_t k, float v) { add(r, v, by_column.data() + k * tokens_); });
  }

  /// How many rows are checked.
  index_t rows() const { return rows_; }

  /// Infinity when an output is not finite although it should be.
  double error_of(const matrix_view<const float>& y) const {
    double worst = 0;
    for (index_t t = 0; t < y.rows(); ++t)
      for (index_t r = 0; r < rows_; ++r) {
        const double sum = sums_(r, t), size = sizes_(r, t);
        if (!std::isfinite(sum)) continue;
        const double off = std::fabs(static_cast<double>(y(t, row(r))) - sum);
        if (!std::isfinite(off) || (size == 0 && off > 0)) return std::numeric_limits<double>::infinity();
        if (size > 0 && off / size > worst) worst = off / size;
      }
    return worst;
  }

 private:
  /// The r-th checked row. Jittered by the golden ratio, so that a sample meets every row of a block.
  index_t row(index_t r) const {
    if (rows_ == all_) return r;
    const double step = static_cast<double>(all_) / static_cast<double>(rows_);
    const double jitter = 0.6180339887498949 * static_cast<double>(r);
    return static_cast<index_t>((static_cast<double>(r) + jitter - std::floor(jitter)) * step);
  }
  void add(index_t r, float v, const double* x) {
    double* const sum = sums_.data() + r * tokens_;
    double* const size = sizes_.data() + r * tokens_;
    const auto w = static_cast<double>(v);
    for (index_t t = 0; t < tokens_; t += 8)
      for (int u = 0; u < 8; ++u) {  // a constant count, for compilers that vectorise nothing else
        sum[t + u] += w * x[t + u];
        size[t + u] += std::fabs(w * x[t + u]);
      }
  }

  index_t tokens_, rows_ = 0, all_ = 0;
  matrix<double> sums_, sizes_;
};

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
