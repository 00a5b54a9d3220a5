#pragma once
// SPDX-License-Identifier: BSL-1.0
// A kv_layer of one form: a kv_cache and its decode. Each kv_<codec>.cpp makes those of its own.
#include <lacuna/attention/decode.hpp>
#include <lacuna/kv/cache.hpp>
#include <vector>

#include "kv.hpp"

namespace story {

/// The pages of [0, tokens) that hold a token of the window, with a bit for each such token.
inline void list_window(const attention_window& w, index_t all, index_t packed, index_t page,
                        std::vector<lacuna::page_ref>& refs) {
  const index_t recent = all - w.recent;  // from here on all tokens are seen
  for (index_t first = 0; first < packed; first += page) {
    const std::uint64_t here = lacuna::low_tokens(std::min(page, packed - first));
    const std::uint64_t seen = lacuna::low_tokens(w.sinks - first) | ~lacuna::low_tokens(recent - first);
    if ((here & seen) != 0) refs.push_back({static_cast<std::uint32_t>(first / page), here & seen});
  }
}

template <class K, class V, class Tail>
class kv_layer_as final : public kv_layer {
 public:
  using cache = lacuna::kv_cache<K, V, Tail>;

  kv_layer_as(const cache_shape& s, const lacuna::kv_options& o) : shape_(s), cache_(o) {
    if (cache::tailed && !s.window.all() && s.window.recent < o.window + o.batch)
      lacuna::fail(lacuna::errc::argument,
                   "--window: need RECENT >= " + lacuna::count_text(o.window + o.batch) +
                       ", the tokens that this cache keeps exact; got " +
                       lacuna::count_text(s.window.recent));
  }
  void append(const float* k, const float* v) override {
    cache_.append({k, shape_.kv_heads, shape_.head_size}, {v, shape_.kv_heads, shape_.head_size});
    if (!shape_.window.all())
      for (index_t h = 0; h < shape_.kv_heads; ++h)
        cache_.retain(h, shape_.window.sinks, shape_.window.recent);
  }
  void attend(const threads& where, const float* q, float* out) override {
    const lacuna::matrix_view<const float> queries{q, shape_.heads, shape_.head_size};
    const lacuna::matrix_view<float> to{out, shape_.heads, shape_.head_size};
    if (shape_.window.all()) return decode(where, queries, cache_, to);
    refs_.clear();
    starts_.assign(1, 0);
    for (index_t h = 0; h < shape_.kv_heads; ++h) {
      list_window(shape_.window, cache_.tokens(h), cache_.body(h).tokens, cache_.shape().page, refs_);
      starts_.push_back(static_cast<index_t>(refs_.size()));
    }
    decode(where, queries, cache_, to, lacuna::page_lists(refs_, starts_));
  }
  void clear() override { cache_.truncate(0); }
  std::size_t bytes() const override {
    return static_cast<std::size_t>(cache_.bytes() - cache_.free_pages() * cache_.page_bytes());
  }

 private:
  cache_shape shape_;
  cache cache_;
  std::vector<lacuna::page_ref> refs_;
  std::vector<index_t> starts_;
};

template <class K, class V, class Tail>
kv_pointer make_kv_as(const cache_shape& s, const lacuna::kv_options& o) {
  return std::make_unique<kv_layer_as<K, V, Tail>>(s, o);
}

}  // namespace story
