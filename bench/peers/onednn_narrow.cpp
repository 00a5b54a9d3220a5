// SPDX-License-Identifier: BSL-1.0
// oneDNN with weights of bf16 and of 8-bit integers, in the layout that it asks for. Tokens come as floats; rounding or
// quantising them, and the scales of an integer product, are in the time: as ours are.
#include <cmath>
#include <cstring>
#include <lacuna/ops/quantize.hpp>
#include <lacuna/prune.hpp>

#include "peers/onednn_plan.hpp"
#include "peers/peers.hpp"

namespace bench {
namespace {

using dnnl_type = dnnl::memory::data_type;

/// Weights as they are, of type W, and copies of them in the library's layout, which depends on the tokens.
template <class W>
class onednn_narrow_peer : public contender {
 public:
  explicit onednn_narrow_peer(const lacuna::matrix<float>& w) : plain_(w.rows() * w.cols()) {
    rows = w.rows(), cols = w.cols(), nnz = rows * cols;
    remember(w, lacuna::prune(w, lacuna::keep::per_row{1}));
  }
  void replicate(int copies) override { copies_ = copies; }
  std::vector<block> memory(int copy) const override {
    if (packed_.empty()) return {{plain_.data(), plain_.bytes()}};
    const auto& c = packed_[static_cast<std::size_t>(copy)];
    return {{c.data(), c.bytes()}};
  }

 protected:
  void plan(index_t n, dnnl_type x, dnnl_type w, dnnl_type y, void* x_at, void* y_at) {
    using tag = dnnl::memory::format_tag;
    const dnnl::memory::desc src({n, cols}, x, tag::ab), any({cols, rows}, w, tag::any),
        dst({n, rows}, y, tag::ab);
    const dnnl::matmul::primitive_desc plan = matmul_plan(engine_, src, any, dst);
    matmul_ = dnnl::matmul(plan);
    src_ = dnnl::memory(src, engine_, x_at);
    dst_ = dnnl::memory(dst, engine_, y_at);
    dnnl::memory given({{cols, rows}, w, tag::ba}, engine_, plain_.data());
    const auto bytes = static_cast<index_t>(plan.weights_desc().get_size());
    packed_.assign(static_cast<std::size_t>(copies_), lacuna::buffer<char>(bytes));
    weights_ = dnnl::memory(plan.weights_desc(), engine_, packed_[0].data());
    dnnl::reorder(given, weights_).execute(stream_, given, weights_);
    stream_.wait();
    for (auto& c : packed_)
      if (c.data() != packed_[0].data()) std::memcpy(c.data(), packed_[0].data(), c.bytes());
  }
  void run(int copy) {
    weights_.set_data_handle(packed_[static_cast<std::size_t>(copy)].data());
    matmul_.execute(stream_, {{DNNL_ARG_SRC, src_}, {DNNL_ARG_WEIGHTS, weights_}, {DNNL_ARG_DST, dst_}});
    stream_.wait();
  }
  lacuna::buffer<W> plain_;

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::matmul matmul_;
  dnnl::memory src_, weights_, dst_;
  std::vector<lacuna::buffer<char>> packed_;
  int copies_ = 1;
};

class onednn_bf16 : public onednn_narrow_peer<lacuna::bf16> {
 public:
  explicit onednn_bf16(const lacuna::matrix<float>& w) : onednn_narrow_peer(w) {
    for (index_t i = 0; i < nnz; ++i) plain_[i] = lacuna::bf16(w.data()[i]);
  }
  void prepare(const operands& o) override {
    x_ = lacuna::buffer<lacuna::bf16>(o.n * cols);
    plan(o.n, dnnl_type::bf16, dnnl_type::bf16, dnnl_type::f32, x_.data(), o.y);
  }
  /// A bf16 has 8 bits of fraction: half an ulp of the largest.
  double token_error(double largest) const override { return largest * 0x1p-8; }
  void multiply(int copy, const operands& o) override {
#ifdef _OPENMP
#  pragma omp parallel for
#endif
    for (index_t t = 0; t < o.n; ++t)
      for (index_t k = 0; k < cols; ++k) x_.data()[t * cols + k] = lacuna::bf16(o.x[t * cols + k]);
    run(copy);
  }
  void visit_row(index_t i, const std::function<void(index_t, double)>& f) const override {
    for (index_t k = 0; k < cols; ++k) f(k, static_cast<double>(static_cast<float>(plain_[i * cols + k])));
  }

 private:
  lacuna::buffer<lacuna::bf16> x_;
};

/// y = sx sw (sum u w - 128 sum w), u = the token's codes + 128; the parentheses by the library, the rest here.
class onednn_int8 : public onednn_narrow_peer<std::int8_t> {
 public:
  explicit onednn_int8(const lacuna::matrix<float>& w) : onednn_narrow_peer(w), scale_(rows), sum_(rows) {
    for (index_t i = 0; i < rows; ++i) {
      float most = 0;
      for (index_t k = 0; k < cols; ++k) most = std::max(most, std::fabs(w(i, k)));
      scale_[i] = most / 127;
      for (index_t k = 0; k < cols; ++k) {
        const float q = most > 0 ? std::nearbyint(w(i, k) / scale_[i]) : 0;
        plain_[i * cols + k] = static_cast<std::int8_t>(q);
        sum_[i] += static_cast<std::int32_t>(q);
      }
    }
  }
  void prepare(const operands& o) override {
    q_ = lacuna::quantized_tokens(o.n, cols, lacuna::dense::arrays<lacuna::owned>{});
    exact_ = lacuna::buffer<std::int32_t>(o.n * rows);
    plan(o.n, dnnl_type::u8, dnnl_type::s8, dnnl_type::s32, q_.values().data(), exact_.data());
  }
  double token_error(double largest) const override { return largest / 127 * 0.5 * (1 + 0x1p-20); }
  void multiply(int copy, const operands& o) override {
    lacuna::quantize(lacuna::matrix_view<const float>(o.x, o.n, cols), q_);
    auto* const u = reinterpret_cast<unsigned char*>(q_.values().data());
    for (index_t i = 0; i < o.n * cols; ++i) u[i] ^= 128;
    run(copy);
#ifdef _OPENMP
#  pragma omp parallel for
#endif
    for (index_t t = 0; t < o.n; ++t) {
      const float s = q_.scales()[t], *const w = scale_.data();
      const std::int32_t *const exact = exact_.data() + t * rows, *const sum = sum_.data();
      float* const y = o.y + t * rows;
      for (index_t m = 0; m < rows; ++m) y[m] = s * w[m] * static_cast<float>(exact[m] - 128 * sum[m]);
    }
  }
  void visit_row(index_t i, const std::function<void(index_t, double)>& f) const override {
    for (index_t k = 0; k < cols; ++k) f(k, static_cast<double>(scale_[i]) * plain_[i * cols + k]);
  }

 private:
  lacuna::buffer<float> scale_;
  lacuna::buffer<std::int32_t> sum_, exact_;
  lacuna::quantized_tokens q_;
};

template <class Peer>
std::unique_ptr<contender> make(const lacuna::matrix<float>& w) {
  return std::make_unique<Peer>(w);
}

}  // namespace

std::vector<narrow_product> onednn_narrow() {
  return {{"bf16", make<onednn_bf16>}, {"int8", make<onednn_int8>}};
}

}  // namespace bench
