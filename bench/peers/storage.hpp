#pragma once
// SPDX-License-Identifier: BSL-1.0
// The copies of the weights that peers multiply: dense row-major, or plain CSR with indices of int.
#include "peers/peers.hpp"

namespace bench {

class dense_peer : public contender {
 public:
  explicit dense_peer(const lacuna::matrix<float>& w) : w_{w} {
    rows = w.rows(), cols = w.cols(), nnz = rows * cols;
  }
  void replicate(int copies) override {
    w_.resize(static_cast<std::size_t>(copies), lacuna::matrix<float>(w_.front()));
  }
  std::vector<block> memory(int copy) const override {
    return {{w(copy).data(), static_cast<std::size_t>(nnz) * sizeof(float)}};
  }
  void visit_row(index_t i, const std::function<void(index_t, double)>& f) const override {
    for (index_t k = 0; k < cols; ++k) f(k, static_cast<double>(w(0)(i, k)));
  }

 protected:
  int copies() const { return static_cast<int>(w_.size()); }
  const lacuna::matrix<float>& w(int copy) const { return w_[static_cast<std::size_t>(copy)]; }

 private:
  std::vector<lacuna::matrix<float>> w_;
};

struct csr_arrays {
  std::vector<int> row_ptr, col_idx;
  std::vector<float> values;
};

/// A peer that makes a form of its own still says that it reads these arrays: it was handed them.
class csr_peer : public contender {
 public:
  explicit csr_peer(const csr_view& a) : a_(1) {
    rows = a.rows(), cols = a.cols(), nnz = a.nnz();
    csr_arrays& to = a_.front();
    to.row_ptr.push_back(0);
    for (index_t i = 0; i < rows; ++i) {
      a.visit_row(
          i, [&](index_t k, float v) { to.col_idx.push_back(static_cast<int>(k)), to.values.push_back(v); });
      to.row_ptr.push_back(static_cast<int>(to.col_idx.size()));
    }
  }
  void replicate(int copies) override { a_.resize(static_cast<std::size_t>(copies), csr_arrays(a_.front())); }
  std::vector<block> memory(int copy) const override {
    const csr_arrays& a = at(copy);
    return {{a.row_ptr.data(), a.row_ptr.size() * sizeof(int)},
            {a.col_idx.data(), a.col_idx.size() * sizeof(int)},
            {a.values.data(), a.values.size() * sizeof(float)}};
  }
  void visit_row(index_t i, const std::function<void(index_t, double)>& f) const override {
    const csr_arrays& a = a_.front();
    const auto row = a.row_ptr.begin() + i;
    for (auto s = static_cast<std::size_t>(row[0]); s < static_cast<std::size_t>(row[1]); ++s)
      f(a.col_idx[s], static_cast<double>(a.values[s]));
  }

 protected:
  int copies() const { return static_cast<int>(a_.size()); }
  csr_arrays& at(int copy) { return a_[static_cast<std::size_t>(copy)]; }
  const csr_arrays& at(int copy) const { return a_[static_cast<std::size_t>(copy)]; }

 private:
  std::vector<csr_arrays> a_;
};

template <class Peer, class Weights>
std::unique_ptr<contender> make_peer(const Weights& w) {
  return std::make_unique<Peer>(w);
}

}  // namespace bench
