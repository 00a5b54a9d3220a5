// SPDX-License-Identifier: BSL-1.0
#include "checkpoint.hpp"

#include <bit>
#include <cstring>

using namespace lacuna;

namespace story {
namespace {

static_assert(std::endian::native == std::endian::little, "story reads its weights where they lie");

constexpr index_t header_bytes = 28;

class checkpoint_reader {
 public:
  checkpoint_reader(array_view<const std::byte> file, const std::string& name) : file_(file), name_(name) {}

  [[noreturn]] void refuse(const std::string& rule, const std::string& got) const {
    fail(errc::data, "checkpoint: need " + rule + "; got " + got + " in " + name_);
  }

  model_shape header() {
    if (file_.size() < header_bytes) refuse("a header of 28 bytes", count_text(file_.size()) + " bytes");
    std::int32_t n[7];
    std::memcpy(n, file_.data(), sizeof n);
    if (n[0] == 0x616b3432) refuse("version 0 of the format", "version " + count_text(n[1]));
    tied_ = n[5] > 0;
    const model_shape s{n[0], n[1], n[2], n[3], n[4], n[5] < 0 ? -index_t{n[5]} : n[5], n[6]};
    const index_t values[] = {s.dim, s.hidden, s.layers, s.heads, s.kv_heads, s.vocab, s.context};
    const char* const names[] = {"dim", "hidden", "layers", "heads", "kv_heads", "vocab", "context"};
    for (int i = 0; i < 7; ++i)
      if (values[i] < 1) refuse(std::string(names[i]) + " >= 1", count_text(values[i]));
    if (s.dim % (2 * s.heads) != 0)
      refuse("a dim of whole heads, each of pairs",
             count_text(s.dim) + " for " + count_text(s.heads) + " heads");
    if (s.heads % s.kv_heads != 0)
      refuse("heads that share kv_heads evenly", count_text(s.heads) + " and " + count_text(s.kv_heads));
    left_ = (file_.size() - header_bytes) / 4;
    at_ = reinterpret_cast<const float*>(file_.data() + header_bytes);
    return s;
  }

  /// The next tensor, `count` matrices of rows x cols.
  const float* floats(const char* what, index_t count, index_t rows, index_t cols) {
    const float* const first = skip(what, count, rows, cols);
    for (const float* p = first; p != at_; ++p)
      if (!(*p - *p == 0))
        refuse("finite weights", number_text("%g", static_cast<double>(*p)) + " at float " +
                                     count_text(p - first) + " of " + what);
    return first;
  }
  const float* skip(const char* what, index_t count, index_t rows, index_t cols) {
    const index_t n = checked_product("checkpoint", checked_product("checkpoint", rows, cols), count);
    if (n > left_) refuse(count_text(n) + " floats of " + what, count_text(left_) + " that are left");
    const float* const first = at_;
    at_ += n;
    left_ -= n;
    return first;
  }
  bool tied() const { return tied_; }
  void end() const {
    const index_t rest = left_ * 4 + (file_.size() - header_bytes) % 4;
    if (rest != 0) refuse("nothing after the last tensor", count_text(rest) + " bytes more");
  }

 private:
  array_view<const std::byte> file_;
  const std::string& name_;
  const float* at_ = nullptr;
  index_t left_ = 0;
  bool tied_ = true;
};

}  // namespace

checkpoint read_checkpoint(array_view<const std::byte> file, const std::string& name) {
  checkpoint_reader in(file, name);
  checkpoint c;
  const model_shape s = c.shape = in.header();
  c.embedding = c.classifier = {in.floats("embedding", 1, s.vocab, s.dim), s.vocab, s.dim};

  using vectors = array_view<const float> layer_weights::*;
  using matrices = matrix_view<const float> layer_weights::*;
  const auto norms = [&](const char* what, vectors field) {
    const float* const p = in.floats(what, s.layers, 1, s.dim);
    c.layers.resize(static_cast<std::size_t>(s.layers));
    for (index_t l = 0; l < s.layers; ++l)
      c.layers[static_cast<std::size_t>(l)].*field = {p + l * s.dim, s.dim};
  };
  const auto stack = [&](const char* what, matrices field, index_t rows, index_t cols) {
    const float* const p = in.floats(what, s.layers, rows, cols);
    for (index_t l = 0; l < s.layers; ++l)
      c.layers[static_cast<std::size_t>(l)].*field = {p + l * rows * cols, rows, cols};
  };
  norms("attention_norm", &layer_weights::attention_norm);
  stack("wq", &layer_weights::wq, s.dim, s.dim);
  stack("wk", &layer_weights::wk, s.kv_dim(), s.dim);
  stack("wv", &layer_weights::wv, s.kv_dim(), s.dim);
  stack("wo", &layer_weights::wo, s.dim, s.dim);
  norms("ffn_norm", &layer_weights::ffn_norm);
  stack("w1", &layer_weights::w1, s.hidden, s.dim);
  stack("w2", &layer_weights::w2, s.dim, s.hidden);
  stack("w3", &layer_weights::w3, s.hidden, s.dim);
  c.final_norm = {in.floats("final_norm", 1, 1, s.dim), s.dim};
  in.skip("rotary tables", 1, s.context, s.head_size());
  if (!in.tied()) c.classifier = {in.floats("classifier", 1, s.vocab, s.dim), s.vocab, s.dim};
  in.end();
  return c;
}

}  // namespace story
