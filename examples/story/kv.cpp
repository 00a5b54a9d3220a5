// SPDX-License-Identifier: BSL-1.0
#include "kv.hpp"

#include "plain_attention.hpp"
#include "words.hpp"

namespace story {
namespace {

class plain_layer final : public kv_layer {
 public:
  explicit plain_layer(const cache_shape& s)
      : shape_(s),
        cache_(s.heads, s.kv_heads, s.head_size, {.sinks = s.window.sinks, .recent = s.window.recent}) {}
  void append(const float* k, const float* v) override { cache_.append(k, v); }
  void attend(const threads&, const float* q, float* out) override { cache_.attend(q, out); }
  void clear() override { cache_.clear(); }
  std::size_t bytes() const override {
    return static_cast<std::size_t>(cache_.tokens() * shape_.kv_heads * shape_.head_size) * 8;
  }

 private:
  cache_shape shape_;
  plain_attention cache_;
};

const std::vector<spelled> forms = {{{"dense:f32", "dense:float"}}};

}  // namespace

kv_form parse_kv_form(const std::string& words, index_t) {
  form_words said("--kv", words);
  kv_form form{said.one_of("a form", forms)};
  said.end();
  return form;
}

std::string text_of(const kv_form& form) { return forms[form.place].words[0]; }

std::unique_ptr<kv_layer> make_kv(const kv_form&, const cache_shape& shape) {
  return std::make_unique<plain_layer>(shape);
}

}  // namespace story
