// SPDX-License-Identifier: BSL-1.0
// PyTorch: aten's mv and mm, dense and over a CSR tensor.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

#include "peers/storage.hpp"
#include "peers/torch_products.hpp"

namespace bench {
namespace {

const torch_products& torch() {
  static const torch_products found = [] {
    void* const opened = dlopen(LACUNA_BENCH_TORCH, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    void* const products = opened ? dlsym(opened, "lacuna_torch_products") : nullptr;
    if (!products) std::fprintf(stderr, "need PyTorch's libraries; got %s\n", dlerror()), std::exit(1);
    return reinterpret_cast<torch_products (*)()>(products)();
  }();
  return found;
}

/// One weight of PyTorch's per copy of the arrays that Base keeps.
template <class Base>
class torch_peer : public Base {
 public:
  using Base::Base;
  ~torch_peer() override {
    for (torch_weight* const w : weights_) torch().drop(w);
  }
  void multiply(int copy, const operands& o) override {
    torch().multiply(weights_[static_cast<std::size_t>(copy)], o.x, o.n, o.tokens, o.y);
  }

 protected:
  std::vector<torch_weight*> weights_;
};

struct torch_dense : torch_peer<dense_peer> {
  using torch_peer::torch_peer;
  void prepare(const operands&) override {
    for (int c = static_cast<int>(weights_.size()); c < copies(); ++c)
      weights_.push_back(torch().dense(const_cast<float*>(w(c).data()), rows, cols));
  }
};

struct torch_csr : torch_peer<csr_peer> {
  using torch_peer::torch_peer;
  void prepare(const operands&) override {
    for (int c = static_cast<int>(weights_.size()); c < copies(); ++c) {
      csr_arrays& a = at(c);
      weights_.push_back(torch().csr(a.row_ptr.data(), a.col_idx.data(), a.values.data(), rows, cols, nnz));
    }
  }
};

}  // namespace

library torch_library() {
  return {"torch", make_peer<torch_dense>, make_peer<torch_csr>,
          [](int threads) { torch().set_threads(threads); }};
}

}  // namespace bench
