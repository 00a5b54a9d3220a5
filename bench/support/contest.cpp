// SPDX-License-Identifier: BSL-1.0
#include "support/contest.hpp"

#include <algorithm>
#include <cmath>

namespace bench {

std::string label::name(const std::string& shape, int threads) const {
  return pattern + "/" + codec + "/" + shape + "/s" + std::to_string(sparsity) + "/" + by + "/t" +
         std::to_string(threads);
}

std::size_t contender::bytes() const {
  std::size_t sum = 0;
  for (const block& b : memory(0)) sum += b.bytes;
  return sum;
}

index_t checked_step(index_t rows) { return std::max<index_t>(1, rows / 23); }

void contender::visit_exact(index_t i, const std::function<void(index_t, double)>& f) const {
  const auto found = exact_.find(i);
  if (found == exact_.end()) return visit_row(i, f);
  for (const auto& [k, v] : found->second) f(k, v);
}

void contender::remember(const lacuna::matrix<float>& w, const lacuna::position_mask& kept) {
  for (index_t i = 0; i < w.rows(); i += checked_step(w.rows()))
    kept.visit_row(i, [&](index_t k, auto) { exact_[i].push_back({k, static_cast<double>(w(i, k))}); });
}

namespace {

/// X in double, k x n.
std::vector<double> x_by_features(const operands& o, index_t cols) {
  std::vector<double> to(static_cast<std::size_t>(cols * o.n));
  for (index_t k = 0; k < cols; ++k)
    for (index_t t = 0; t < o.n; ++t)
      to[static_cast<std::size_t>(k * o.n + t)] =
          static_cast<double>(o.tokens ? o.x[t * cols + k] : o.x[k * o.n + t]);
  return to;
}

// Some rows, all tokens; a sum of c products in any order is within c * 2^-24 * sum |a||x| of the true one, and within half
// a step * sum |a| where tokens were quantised.
void check(const contender& c, const operands& o, const std::vector<double>& x, result& r) {
  const auto n = static_cast<std::size_t>(o.n);
  std::vector<double> half_step(n);
  for (index_t k = 0; k < c.cols; ++k)
    for (std::size_t t = 0; t < n; ++t)
      half_step[t] = std::max(half_step[t], std::fabs(x[static_cast<std::size_t>(k) * n + t]));
  for (double& h : half_step) h = c.token_error(h);
  double off = 0, all = 0;
  r.right = true;
  for (index_t i = 0; i < c.rows; i += checked_step(c.rows)) {
    std::vector<double> sum(n), exact(n), size(n);
    index_t terms = 2;
    double weights = 0;
    c.visit_row(i, [&](index_t k, double v) {
      const double* const xk = x.data() + k * o.n;
      for (std::size_t t = 0; t < n; ++t) sum[t] += v * xk[t], size[t] += std::fabs(v * xk[t]);
      ++terms, weights += std::fabs(v);
    });
    c.visit_exact(i, [&](index_t k, double v) {
      for (std::size_t t = 0; t < n; ++t) exact[t] += v * x[static_cast<std::size_t>(k) * n + t];
    });
    for (std::size_t t = 0; t < n; ++t) {
      const index_t at = o.tokens ? static_cast<index_t>(t) * c.rows + i : i * o.n + static_cast<index_t>(t);
      const auto y = static_cast<double>(o.y[at]);
      const double allowed = static_cast<double>(terms) * 0x1p-24 * (size[t] + 2 * half_step[t] * weights);
      r.right = r.right && std::fabs(sum[t] - y) <= allowed + half_step[t] * weights;
      off += (y - exact[t]) * (y - exact[t]), all += exact[t] * exact[t];
    }
  }
  r.error = all > 0 ? std::sqrt(off / all) : 0;
}

double timed_product(contender& c, int copy, const operands& o) {
  float sum = 0;
  for (index_t i = 0; i < c.cols * o.n; i += 16) sum += o.x[i];
  asm volatile("" : : "m"(sum));
  const double start = seconds_now();
  c.multiply(copy, o);
  return seconds_now() - start;
}

double timed_read(const contender& c, int copy, int threads) {
  const auto blocks = c.memory(copy);
  const double start = seconds_now();
  const std::size_t sum = plain_read(blocks, threads);
  asm volatile("" : : "m"(sum));
  return seconds_now() - start;
}

}  // namespace

std::vector<result> run_contest(const std::vector<contender*>& in, int copies, const operands& o,
                                const effort& e) {
  const std::size_t n = in.size();
  std::vector<result> results(n);
  std::vector<std::vector<double>> products(n), reads(n);
  std::vector<double> first(n);
  double round = 0;
  const std::vector<double> x = x_by_features(o, n > 0 ? in[0]->cols : 0);
  for (std::size_t i = 0; i < n; ++i) {
    in[i]->prepare(o);
    std::fill(o.y, o.y + in[i]->rows * o.n, 0.0f);
    in[i]->multiply(0, o);
    check(*in[i], o, x, results[i]);
    first[i] = timed_product(*in[i], copies - 1, o);
    round += first[i] + timed_read(*in[i], copies - 1, e.threads);
  }
  const int rounds =
      static_cast<int>(std::clamp(e.seconds / round, 1.0 * e.least_rounds, 1.0 * e.most_rounds));
  for (int r = 0; r < rounds; ++r)
    for (std::size_t j = 0; j < n; ++j) {
      const std::size_t i = (j + static_cast<std::size_t>(r) * 7) % n, other = (i + n / 2) % n;
      const bool dear = first[i] > e.seconds / 20;  // such a one is not worth more than three rounds
      if (!dear || r < 3) products[i].push_back(timed_product(*in[i], r % copies, o));
      reads[other].push_back(timed_read(*in[other], (r + copies / 2) % copies, e.threads));
    }
  for (std::size_t i = 0; i < n; ++i) {
    results[i].product = median(products[i]);
    results[i].read = median(reads[i]);
    results[i].rounds = static_cast<int>(products[i].size());
  }
  return results;
}

}  // namespace bench
