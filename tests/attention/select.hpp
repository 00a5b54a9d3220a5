#pragma once
// SPDX-License-Identifier: BSL-1.0
// Caches that selectors are tested on: synthetic heads, and a world in which two needles are hidden from everything but a
// bound or the keys themselves.
#include <lacuna/attention.hpp>
#include <lacuna/kv/summary/all.hpp>

#include "support/attention.hpp"
#include "support/heads.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

using all_cache = kv_cache<bf16, bf16, summary::box, summary::mean, summary::channels, summary::landmarks,
                           summary::mass, summary::value_bias>;

inline all_cache empty_cache(index_t kv_heads, int page = 64, int unit = 16, index_t lists = 1) {
  return all_cache({.kv_heads = kv_heads, .head_dim = 64, .page = page, .max_bytes = 1 << 25, .lists = lists},
                   summary::box{unit}, summary::mean{32, 16}, summary::channels{16, {}}, summary::landmarks{},
                   summary::mass{}, summary::value_bias{});
}

/// Queries [kv_heads * group, 64] of one step, keys and values [tokens, kv_heads * 64].
struct select_world {
  index_t kv_heads, group;
  matrix<float> q, k, v;
  std::vector<index_t> needle{};  ///< of the first queries, of the second ones
  matrix<float> second{};         ///< queries of the next turn
};

inline select_world usual_world(index_t tokens, index_t kv_heads, index_t group, std::uint64_t seed) {
  select_world w{kv_heads, group, matrix<float>(kv_heads * group, 64), matrix<float>(tokens, kv_heads * 64),
                 matrix<float>(tokens, kv_heads * 64)};
  const auto mixes = usual_mixes();
  for (index_t h = 0; h < kv_heads; ++h) {
    const auto head = make_head({.tokens = tokens,
                                 .head_dim = 64,
                                 .group = group,
                                 .mix = mixes[std::size_t(h) % mixes.size()],
                                 .seed = seed + std::uint64_t(h)});
    for (index_t d = 0; d < 64; ++d) {
      for (index_t g = 0; g < group; ++g) w.q(h * group + g, d) = head.q(g, d);
      for (index_t t = 0; t < tokens; ++t)
        w.k(t, h * 64 + d) = head.k(t, d), w.v(t, h * 64 + d) = head.v(t, d);
    }
  }
  return w;
}

/// One KV head, equal queries of signs. Each needle is 4 q outside the first 16 channels - labels rank it last - and its
/// neighbours are so far the other way that no mean shows it. Its weight is 1 but for e^-10.
inline select_world hidden_world(index_t tokens, index_t group, std::uint64_t seed) {
  random_source r(seed);
  select_world w{1,
                 group,
                 matrix<float>(group, 64),
                 matrix<float>(tokens, 64),
                 matrix<float>(tokens, 64),
                 {tokens / 128 / 2 * 64 + 30, tokens / 128 * 64 + 30 + 128},
                 matrix<float>(group, 64)};
  for (index_t t = 0; t < tokens; ++t)
    for (index_t d = 0; d < 64; ++d) w.k(t, d) = 0.3f * r.any(), w.v(t, d) = r.any();
  for (int turn = 0; turn < 2; ++turn) {
    auto& q = turn == 0 ? w.q : w.second;
    for (index_t d = 0; d < 64; ++d) {
      const float sign = r.next() % 2 ? 1.0f : -1.0f;
      for (index_t g = 0; g < group; ++g) q(g, d) = sign;
    }
    const index_t at = w.needle[std::size_t(turn)];
    for (index_t t = at - 48; t <= at + 48; ++t)
      for (index_t d = 0; d < 64; ++d)
        if (d >= 16)
          w.k(t, d) = (t == at ? 4.0f : -3.0f) * q(0, d);
        else if (t == at)
          w.k(t, d) = -0.3f * q(0, d);
  }
  return w;
}

template <class Cache>
void append_all(Cache& c, const select_world& w) {
  c.append(w.k, w.v);
}

inline bool lists_token(const page_lists& lists, index_t list, index_t token, int page) {
  for (const page_ref r : lists.list(list))
    if (static_cast<index_t>(r.page) == token / page) return (r.tokens >> token % page & 1) != 0;
  return false;
}
inline index_t tokens_of(const page_lists& lists, index_t list) {
  const auto l = lists.list(list);
  return count_tokens(l.data(), l.size());
}
inline bool same_lists(const chosen_lists& a, const chosen_lists& b) {
  return a.refs.size() == b.refs.size() && a.start.size() == b.start.size() &&
         std::equal(a.refs.begin(), a.refs.end(), b.refs.begin()) &&
         std::equal(a.start.begin(), a.start.end(), b.start.begin());
}
template <class Source, class... Policies>
matrix<float> decoded(const matrix<float>& q, const Source& c, const Policies&... policies) {
  matrix<float> out(q.rows(), q.cols());
  decode(q, c, out, policies...);
  return out;
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
