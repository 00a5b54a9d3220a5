#pragma once
// SPDX-License-Identifier: BSL-1.0
// What every pair of cache codecs is asked: decode equals attention in double over what the cache holds.
#include "support/attention.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

template <class KeyWord, class ValueWord = KeyWord>
struct words {
  using key = key_codec_of<KeyWord>;
  using value = value_codec_of<ValueWord>;
};

struct decode_case {
  kv_shape shape;
  index_t tokens, heads, group;
};

template <class Simd, class Pair>
void check_decode(const decode_case& c, std::uint64_t seed) {
  using K = typename Pair::key;
  using V = typename Pair::value;
  using A = simd::arch_of_t<Simd>;
  CAPTURE(c.shape.head_dim, c.shape.page, c.tokens, c.heads, c.group, seed);
  K key{};
  V value{};
  if constexpr (requires { key.keep = 1; }) key.keep = c.shape.head_dim * 3 / 10 + 1;
  if constexpr (requires { value.keep = 1; }) value.keep = (c.shape.head_dim + 1) / 2;
  source<K, V> cache(c.shape, c.heads, key, value);
  fill(cache.all, c.tokens, seed);
  const auto q = any_rows(c.heads * c.group, c.shape.head_dim, seed + 100, 3);
  matrix<float> out(q.rows(), q.cols());
  buffer<float> lse(q.rows());
  decode(exec{serial{}, Simd{}}, q, cache, out, decode_options{.lse = lse});

  attention_oracle<A, K, V> oracle{key, value, 1 / std::sqrt(double(c.shape.head_dim))};
  expectation want(q.rows(), q.cols());
  for (index_t h = 0; h < c.heads; ++h) {
    const auto tokens = stored(cache.all, h);
    measure(oracle, tokens);
    for (index_t g = 0; g < c.group; ++g) {
      const index_t row = h * c.group + g;
      const approx sum = oracle.attend(q, row, tokens, want);
      if (c.tokens == 0)
        CHECK(lse[row] == -std::numeric_limits<float>::infinity());
      else
        CHECK(is_near(lse[row], sum));
    }
  }
  CHECK(misses(out, want) == "");
}

/// Head sizes of all panel kinds and none, pages of all sizes, groups up to one past a block, lengths around tiles,
/// pages, chunks and pieces.
template <class Simd, class Pair>
void check_shapes() {
  const decode_case cases[] = {
      {{128, 64}, 1000, 2, 4}, {{128, 64}, 4096 + 77, 1, 4}, {{64, 16}, 63, 2, 1},  {{80, 32}, 65, 1, 8},
      {{96, 48}, 1100, 1, 3},  {{256, 64}, 17, 1, 2},        {{40, 64}, 130, 2, 5}, {{1, 16}, 16, 1, 7},
      {{128, 64}, 0, 2, 4},    {{128, 64}, 1, 1, 9},         {{72, 32}, 15, 1, 6},
  };
  std::uint64_t seed = 1;
  for (const auto& c : cases) check_decode<Simd, Pair>(c, seed += 1000);
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
