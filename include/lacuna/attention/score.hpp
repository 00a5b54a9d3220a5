#pragma once
// SPDX-License-Identifier: BSL-1.0
// The first half of a decode chunk: scores of up to 1024 listed tokens, then 2^(score - m).
//
//   chunk_pages    where the pages lie, in list order; past its end go the places that are read afterwards, so that
//                  `ahead` bytes further is always a prefetch of what comes next: keys, then values, then the next keys
//   score_page     hot: one block of queries, one page, nothing else lives in its registers
//   softmax_step   S becomes 2^(S - m); m and l of the state move on
#include <lacuna/attention/state.hpp>
#include <lacuna/kv/codec/codec.hpp>

namespace lacuna {

/// A list, or pages [first, first + count) of a segment with all their tokens.
struct list_view {
  const page_ref* refs = nullptr;
  index_t first = 0, count = 0;
};

/// Scratch of one worker; about 250 KB, of which a group of 4 touches less than a quarter.
struct attend_scratch {
  alignas(64) float scores[most_group * chunk_tokens];
  alignas(64) float queries[most_group * most_head_dim];
  query_form form;
  weight_form weights;
};

inline namespace LACUNA_ARCH {
namespace kernel {

inline constexpr int most_ahead = 32;  // pages that a prefetch may lie ahead

/// The pages of a chunk.
struct chunk_pages {
  const std::byte* key[chunk_tokens / tile_tokens + most_ahead];
  const std::byte* value[chunk_tokens / tile_tokens + most_ahead];
  std::uint64_t tokens[chunk_tokens / tile_tokens];
  std::uint32_t page[chunk_tokens / tile_tokens];
  int count = 0;
};

/// Fills c with the next pages that hold anything, from entry `at` of the list on; returns the entry after them.
inline index_t next_pages(const segment& s, const list_view& list, index_t at, chunk_pages& c) {
  const int most = chunk_tokens / s.shape.page;
  int ahead = 0;
  index_t end = at;
  c.count = 0;
  for (index_t i = at; i < list.count && ahead < most_ahead; ++i) {
    const auto whole = static_cast<std::uint32_t>(list.first + i);
    const page_ref r = list.refs ? list.refs[i] : page_ref{whole, s.present(whole)};
    const bool skipped = r.tokens == 0 || s.is_dead(r.page);
    if (!skipped && c.count < most) {
      c.key[c.count] = s.key(r.page);
      c.value[c.count] = s.value(r.page);
      c.tokens[c.count] = r.tokens;
      c.page[c.count++] = r.page;
    } else if (!skipped) {
      c.value[most + ahead++] = s.key(r.page);
    }
    if (ahead == 0) end = i + 1;
  }
  for (; ahead < most_ahead; ++ahead)
    c.value[c.count + ahead] = ahead > 0     ? c.value[c.count + ahead - 1]
                               : c.count > 0 ? c.value[c.count - 1]
                                             : nullptr;
  for (int i = 0; i < most_ahead; ++i) c.key[c.count + i] = c.value[i < c.count ? i : c.count];
  return end;
}

/// The place `offset` bytes after the start of section i, in list order; sections are `bytes` long.
LACUNA_INLINE const std::byte* later(const std::byte* const* section, int i, std::size_t bytes,
                                     std::size_t offset) {
  for (const int last = i + most_ahead - 1; offset >= bytes && i < last; ++i) offset -= bytes;
  return section[i] + (offset < bytes ? offset : 0);
}

/// scores[g * chunk_tokens + t] of B queries from g0 on for the tokens of page i; top[g] sees them, too.
template <class A, int B, key_codec K>
LACUNA_NOINLINE void score_page(const K& key, const query_form& f, int g0, kv_shape z, const chunk_pages& c,
                                int i, float* scores, simd::f32x16<A>* top) {
  const std::size_t tile = key.tile_bytes(z), section = key.section_bytes(z);
  const std::uint64_t on = c.tokens[i];
  simd::f32x16<A> most[B];
  simd::unroll<B>([&](auto g) LACUNA_LAMBDA { most[g] = top[g0 + g]; });
  scores += g0 * chunk_tokens;
  const auto tiles = [&](auto count, int t) LACUNA_LAMBDA {
    constexpr int N = count;
    simd::f32x16<A> s[N][B];
    const std::byte* const from = c.key[i] + static_cast<std::size_t>(t / tile_tokens) * tile;
    const std::byte* const next =
        later(c.key, i, section, static_cast<std::size_t>(from - c.key[i]) + K::ahead);
    if constexpr (scores_tile<K>)
      key.dot(A{}, f, g0, z, t, from, next, s[0]);
    else
      key.dot(A{}, f, g0, z, t, from, next, s);
    simd::unroll<N>([&](auto n) LACUNA_LAMBDA {
      const auto mask = static_cast<std::uint32_t>(on >> (t + n * tile_tokens) & 0xffff);
      if (mask != 0xffff)
        simd::unroll<B>([&](auto g) LACUNA_LAMBDA {
          s[n][g] = blend(mask, s[n][g], simd::set16<A>(-std::numeric_limits<float>::infinity()));
        });
      simd::unroll<B>([&](auto g) LACUNA_LAMBDA {
        most[g] = max(most[g], s[n][g]);
        simd::store16(scores + g * chunk_tokens + t + n * tile_tokens, s[n][g]);
      });
    });
  };
  const auto some = [&](int t) LACUNA_LAMBDA { return (on >> t & 0xffff) != 0; };
  for (int t = 0; t < z.page; t += tile_tokens) {
    if constexpr (tile_block<A, K, B> == 2)
      if (t % (2 * tile_tokens) == 0 && t + tile_tokens < z.page && some(t) && some(t + tile_tokens)) {
        tiles(std::integral_constant<int, 2>{}, t);
        t += tile_tokens;
        continue;
      }
    if (some(t))
      tiles(std::integral_constant<int, 1>{}, t);
    else  // a part of a page that was not chosen
      simd::unroll<B>([&](auto g) LACUNA_LAMBDA {
        simd::store16(scores + g * chunk_tokens + t, simd::set16<A>(-std::numeric_limits<float>::infinity()));
      });
  }
  simd::unroll<B>([&](auto g) LACUNA_LAMBDA { top[g0 + g] = most[g]; });
}

/// cap * tanh(s / cap), in base 2: s and limit are scores times log2(e); -inf stays.
template <class A>
LACUNA_INLINE simd::f32x16<A> capped(simd::f32x16<A> s, float limit) {
  const auto one = simd::set16<A>(1.0f);
  // tanh(x) = 1 - 2 / (1 + e^(2x));  e^(2 s / limit) = 2^(s * 2 log2(e) / limit)
  const auto e = exp2(s * simd::set16<A>(2 * 1.44269504f / limit));
  const auto y = simd::set16<A>(limit) * (one - simd::set16<A>(2.0f) / (one + e));
  return y + min(simd::set16<A>(0.0f), s + simd::set16<A>(1e37f));
}

/// n scores of each of the queries become weights; rescale[g] is what older sums of query g must be multiplied by.
template <class A>
void softmax_step(float* scores, int n, simd::f32x16<A>* top, float limit, const state_view& st,
                  float* rescale) {
  for (int g = 0; g < static_cast<int>(st.rows); ++g) {
    float* const s = scores + g * chunk_tokens;
    if (limit > 0) {
      for (int t = 0; t < n; t += 16) simd::store16(s + t, capped<A>(simd::load16<A>(s + t), limit));
      top[g] = capped<A>(top[g], limit);
    }
    const float best = largest(top[g]), m = st.m[g] > best ? st.m[g] : best;
    const auto shift = simd::set16<A>(m);
    auto total = simd::set16<A>(0);
    for (int t = 0; t < n; t += 16) {
      const auto p = exp2(simd::load16<A>(s + t) - shift);
      total = total + p;
      simd::store16(s + t, p);
    }
    rescale[g] = std::exp2(st.m[g] - m);
    st.l[g] = st.l[g] * rescale[g] + sum(total);
    st.m[g] = m;
  }
}

}  // namespace kernel
}  // namespace LACUNA_ARCH
}  // namespace lacuna
