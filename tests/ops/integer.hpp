#pragma once
// SPDX-License-Identifier: BSL-1.0
// Integer products against the oracle of what weights and tokens decode to: codes are exact, so the bound is that of the
// sums of groups alone.
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>

#include "ops/suite.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Any numbers in the pattern of P; every row's largest is another.
template <class P>
matrix<float> any_numbers(index_t rows, index_t cols, std::uint64_t seed) {
  auto w = random_for<P>(rows, cols, 0.5, seed);
  random_source random(seed);
  for (index_t i = 0; i < rows; ++i)
    for (index_t k = 0; k < cols; ++k)
      if (w(i, k) != 0) w(i, k) = random.any() * static_cast<float>(1 + i % 5);
  return w;
}

inline std::vector<shape> integer_shapes() {
  // Less than a lane's four columns, groups that end inside a step, many groups, several panels.
  return {{0, 8}, {5, 0}, {1, 1}, {3, 3}, {16, 16}, {17, 37}, {33, 130}, {64, 100}, {50, 1100}, {7, 513}};
}

template <class YLayout, class Exec, sparse_operand A>
void check_integer(const Exec& where, const std::string& what, const A& a, const matrix<float>& w,
                   index_t tokens, std::uint64_t seed) {
  const auto q = quantize<int8>(random_tokens<float>(tokens, w.cols(), seed));
  const auto want = oracle::linear(w, decode(q));
  for (const index_t gap : {0, 3}) {
    tight_matrix<float, YLayout> y(tokens, w.rows(), gap);
    linear(where, a, q, y.view());
    CHECK(verdict(y, want, what) == "");
  }
}

/// Packed, or as it is where `Packed` is not asked for; Y by tokens unless told. The portable loops are `native` in the
/// scalar object.
template <pattern P, codec C, bool Packed = true, class YLayout = row_major>
void check_integer_codec() {
  std::uint64_t seed = 7;
  std::size_t turn = 0;
  for (const shape s : integer_shapes()) {
    const auto a = encode<P, C>(any_numbers<P>(s.rows, s.cols, ++seed));
    const auto w = decode(a);
    for (const index_t tokens : {index_t{1}, std::array<index_t, 4>{3, 8, 9, 26}[turn++ % 4]}) {
      const std::string what = P::name() + " x " + codec_of<C>::name + " " + shape_text(s.rows, s.cols) +
                               ", " + std::to_string(tokens) + " tokens";
      if constexpr (Packed)
        check_integer<YLayout>(exec<>{}, "packed " + what, pack(a), w, tokens, seed);
      else
        check_integer<YLayout>(exec<>{}, what, a, w, tokens, seed);
    }
  }
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
