#pragma once
// SPDX-License-Identifier: BSL-1.0
// A kv_layer whose attend() decodes with a selector. Each select_<summary>.cpp makes those of one kind of cache.
#include <bit>
#include <lacuna/attention/decode.hpp>
#include <lacuna/attention/select/every.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/kv/cache.hpp>
#include <vector>

#include "select.hpp"

namespace story {

/// A selector of the user's own: asks `make` for the library's with the budget of this step, and counts what it chose.
template <class Make>
struct at_budget {
  using inner = decltype(std::declval<Make>()(index_t{}));
  static constexpr bool per_query = inner::per_query;
  Make make;
  select_form form;
  read_share* counts = nullptr;  // one for each list, so that heads may be chosen at once

  template <class A, lacuna::kv_source Source>
  void choose(A arch, const lacuna::select_head<Source>& h, const lacuna::token_set& to,
              lacuna::select_scratch& scratch) const {
    make(form.tokens(h.at.tokens)).choose(arch, h, to, scratch);
    read_share& count = counts[h.at.head];
    for (index_t p = 0; p < to.pages; ++p) count.read += static_cast<double>(std::popcount(to.words[p]));
    count.all += static_cast<double>(h.at.tokens);
  }
};

template <class Make, class... Summaries>
class kv_layer_selected final : public kv_layer {
 public:
  kv_layer_selected(const select_form& form, const cache_shape& s, const lacuna::kv_options& o, Make make,
                    const Summaries&... summaries)
      : shape_(s),
        cache_(o, summaries...),
        counts_(static_cast<std::size_t>(s.kv_heads)),
        make_(make),
        form_(form) {}
  void append(const float* k, const float* v) override {
    cache_.append({k, shape_.kv_heads, shape_.head_size}, {v, shape_.kv_heads, shape_.head_size});
  }
  void attend(const threads& where, const float* q, float* out) override {
    // One thread: query heads of a KV head share a count.
    const lacuna::exec one{lacuna::serial{}, lacuna::native{}, where.scratch};
    decode(one, lacuna::matrix_view<const float>{q, shape_.heads, shape_.head_size}, cache_,
           lacuna::matrix_view<float>{out, shape_.heads, shape_.head_size},
           at_budget<Make>{make_, form_, counts_.data()}, lacuna::decode_options{.layer = shape_.layer});
  }
  void clear() override { cache_.truncate(0); }
  std::size_t bytes() const override {
    return static_cast<std::size_t>(cache_.bytes() - cache_.free_pages() * cache_.page_bytes());
  }
  read_share share() const override {
    read_share sum;
    for (const read_share& c : counts_) sum.read += c.read, sum.all += c.all;
    return sum;
  }

 private:
  cache_shape shape_;
  lacuna::kv_cache<float, float, Summaries...> cache_;
  std::vector<read_share> counts_;
  Make make_;
  select_form form_;
};

/// make: a lambda from a budget in keys to a selector.
template <class Make, class... Summaries>
kv_pointer selected(const select_form& form, const cache_shape& s, const lacuna::kv_options& o, Make make,
                    const Summaries&... summaries) {
  return std::make_unique<kv_layer_selected<Make, Summaries...>>(form, s, o, make, summaries...);
}

}  // namespace story
