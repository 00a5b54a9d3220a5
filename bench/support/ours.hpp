#pragma once
// SPDX-License-Identifier: BSL-1.0
// A lacuna matrix as a contender.
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>

#include "support/contest.hpp"

namespace bench {

#ifdef _OPENMP
using threads_policy = lacuna::openmp;
#else
using threads_policy = lacuna::serial;
#endif

/// So many threads, one without OpenMP.
inline threads_policy threads_of(int threads) {
#ifdef _OPENMP
  return {threads};
#else
  (void)threads;
  return {};
#endif
}

/// What all products of ours use in turn, as the layers of a model do.
inline lacuna::workspace shared_scratch;

template <lacuna::pattern P, lacuna::codec C>
class ours : public contender {
 public:
  ours(lacuna::sparse_matrix<P, C> a, threads_policy threads)
      : where_{threads, lacuna::native{}, &shared_scratch} {
    rows = a.rows(), cols = a.cols(), nnz = a.nnz();
    a_.push_back(std::move(a));
  }
  void replicate(int copies) override {
    a_.resize(static_cast<std::size_t>(copies), lacuna::sparse_matrix<P, C>(a_.front()));
  }
  std::vector<block> memory(int copy) const override {
    const auto& a = a_[static_cast<std::size_t>(copy)];
    std::vector<block> blocks{{a.values().data(), a.values().bytes()}};
    if (a.scales().size() > 0) blocks.push_back({a.scales().data(), a.scales().bytes()});
    a.where().apply([&](const auto&... array) { (blocks.push_back({array.data(), array.bytes()}), ...); });
    return blocks;
  }
  void multiply(int copy, const operands& o) override {
    const auto& a = a_[static_cast<std::size_t>(copy)];
    if (o.tokens || o.n == 1)
      lacuna::linear(where_, a, lacuna::matrix_view<const float>(o.x, o.n, cols),
                     lacuna::matrix_view<float>(o.y, o.n, rows));
    else
      lacuna::spmm(where_, a, lacuna::matrix_view<const float>(o.x, cols, o.n),
                   lacuna::matrix_view<float>(o.y, rows, o.n));
  }
  void visit_row(index_t i, const std::function<void(index_t, double)>& f) const override {
    a_.front().view().visit_row(i, [&](index_t k, auto v) { f(k, static_cast<double>(v)); });
  }

 protected:
  const lacuna::exec<threads_policy>& where() const { return where_; }
  const lacuna::sparse_matrix<P, C>& at(int copy) const { return a_[static_cast<std::size_t>(copy)]; }

 private:
  lacuna::exec<threads_policy> where_;
  std::vector<lacuna::sparse_matrix<P, C>> a_;
};

/// The same with tokens quantised, in the time too: they are rows.
template <lacuna::pattern P, lacuna::scaled_codec C>
class ours_by_codes : public ours<P, C> {
 public:
  using ours<P, C>::ours;
  void prepare(const operands& o) override {
    q_ = lacuna::quantized_tokens(o.n, this->cols, lacuna::dense::arrays<lacuna::owned>{});
  }
  double token_error(double largest) const override { return largest / 127 * 0.5 * (1 + 0x1p-20); }
  void multiply(int copy, const operands& o) override {
    lacuna::quantize(lacuna::matrix_view<const float>(o.x, o.n, this->cols), q_);
    lacuna::linear(this->where(), this->at(copy), q_, lacuna::matrix_view<float>(o.y, o.n, this->rows));
  }

 private:
  lacuna::quantized_tokens q_;
};

}  // namespace bench
