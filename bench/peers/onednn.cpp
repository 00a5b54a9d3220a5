// SPDX-License-Identifier: BSL-1.0
#include <unordered_map>

#include "peers/onednn_plan.hpp"
#include "peers/storage.hpp"

namespace bench {
namespace {

/// matmul with plain strides on both sides: what a caller with weights as they are in the file gets.
class onednn : public dense_peer {
 public:
  using dense_peer::dense_peer;
  void prepare(const operands& o) override {
    using tag = dnnl::memory::format_tag;
    const auto f32 = dnnl::memory::data_type::f32;
    const dnnl::memory::desc tokens_x({o.n, cols}, f32, tag::ab), w_t({cols, rows}, f32, tag::ba),
        tokens_y({o.n, rows}, f32, tag::ab);
    const dnnl::memory::desc w({rows, cols}, f32, tag::ab), x({cols, o.n}, f32, tag::ab),
        y({rows, o.n}, f32, tag::ab);
    tokens_ = o.tokens;
    make(tokens_ ? tokens_x : w, tokens_ ? w_t : x, tokens_ ? tokens_y : y);
  }
  void multiply(int copy, const operands& o) override {
    auto* const a = const_cast<float*>(w(copy).data());
    auto* const x = const_cast<float*>(o.x);
    src_.set_data_handle(tokens_ ? x : a);
    weights_.set_data_handle(tokens_ ? a : x);
    dst_.set_data_handle(o.y);
    matmul_.execute(stream_, {{DNNL_ARG_SRC, src_}, {DNNL_ARG_WEIGHTS, weights_}, {DNNL_ARG_DST, dst_}});
    stream_.wait();
  }

 private:
  void make(const dnnl::memory::desc& src, const dnnl::memory::desc& weights, const dnnl::memory::desc& dst) {
    const dnnl::matmul::primitive_desc plan = matmul_plan(engine_, src, weights, dst);
    matmul_ = dnnl::matmul(plan);
    src_ = dnnl::memory(src, engine_, nullptr);
    weights_ = dnnl::memory(weights, engine_, nullptr);
    dst_ = dnnl::memory(dst, engine_, nullptr);
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::matmul matmul_;
  dnnl::memory src_, weights_, dst_;
  bool tokens_ = true;
};

}  // namespace

// It asks OpenMP how many threads there are.
library onednn_library() { return {"onednn", make_peer<onednn>, nullptr, nullptr, onednn_narrow()}; }

}  // namespace bench
