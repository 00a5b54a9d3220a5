#pragma once
// SPDX-License-Identifier: BSL-1.0
// What each form of a cache loses, in double: the rules of the words that --kv takes, for the plain model.
#include <algorithm>
#include <lacuna/codec/int4.hpp>
#include <lacuna/codec/int8.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "story/plain_attention.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Keeps the n largest magnitudes of row[size], ties to the lower channel.
inline void keep_largest(double* row, index_t size, index_t n) {
  std::vector<index_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), index_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](index_t a, index_t b) { return std::fabs(row[a]) > std::fabs(row[b]); });
  for (index_t i = n; i < size; ++i) row[order[static_cast<std::size_t>(i)]] = 0;
}
template <class T>
void round_to(double* row, index_t size) {
  for (index_t d = 0; d < size; ++d)
    row[d] = static_cast<double>(static_cast<float>(T(static_cast<float>(row[d]))));
}
/// n values `stride` apart under one cell of C.
template <class C>
void quantise(double* first, index_t n, index_t stride) {
  double low = 0, high = 0;
  for (index_t i = 0; i < n; ++i)
    low = std::min(low, first[i * stride]), high = std::max(high, first[i * stride]);
  const auto cell = C::cell_for(static_cast<float>(low), static_cast<float>(high));
  for (index_t i = 0; i < n; ++i) {
    const float code = C::code(static_cast<float>(first[i * stride]), cell);
    first[i * stride] = static_cast<double>((code - C::zero_of(cell)) * C::scale_of(cell));
  }
}

/// f(row of a head) for keys and values alike, as soon as `exact + batch` tokens stand.
template <class F>
story::plain_rule by_row(index_t kv_heads, index_t size, index_t exact, index_t batch, F f) {
  return {exact, batch, [=](double* k, double* v, index_t tokens) {
            for (index_t i = 0; i < tokens * kv_heads; ++i) f(k + i * size, size), f(v + i * size, size);
          }};
}

/// The rule of a word; `keep` channels stay where it asks for them.
inline story::plain_rule rule_of(const std::string& word, index_t keep, index_t kv_heads, index_t size) {
  using kivi = int4<32, f16, asymmetric>;
  const auto pruned = [&](auto value) {
    return by_row(kv_heads, size, 32, 32, [=](double* row, index_t n) {
      keep_largest(row, n, keep);
      value(row, n);
    });
  };
  const auto groups = [&](index_t n_of, index_t of) {
    return by_row(kv_heads, size, 32, 32, [=](double* row, index_t n) {
      for (index_t d = 0; d < n; d += of) keep_largest(row + d, std::min(of, n - d), n_of);
      round_to<bf16>(row, n);
    });
  };
  if (word == "dense:f16") return by_row(kv_heads, size, 0, 1, round_to<f16>);
  if (word == "dense:bf16") return by_row(kv_heads, size, 0, 1, round_to<bf16>);
  if (word == "dense:int8")
    return by_row(kv_heads, size, 0, 1, [](double* row, index_t n) { quantise<int8<>>(row, n, 1); });
  if (word == "dense:int4")
    return {32, 32, [=](double* k, double* v, index_t tokens) {
              for (index_t c = 0; c < kv_heads * size; ++c) quantise<kivi>(k + c, tokens, kv_heads * size);
              for (index_t i = 0; i < tokens * kv_heads; ++i)
                for (index_t d = 0; d < size; d += 32)
                  quantise<kivi>(v + i * size + d, std::min<index_t>(32, size - d), 1);
            }};
  if (word == "bitmap:bf16") return pruned(round_to<bf16>);
  if (word == "bitmap:int8") return pruned([](double* row, index_t n) { quantise<int8<>>(row, n, 1); });
  if (word == "nm2:4:bf16") return groups(2, 4);
  if (word == "nm4:8:bf16") return groups(4, 8);
  return {};
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
