#pragma once
// SPDX-License-Identifier: BSL-1.0
// The law of conversion: whatever both patterns can hold comes through unchanged.
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/shapes.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {

/// At most one value in any 64 columns, so that every N:M pattern holds it.
inline matrix<float> thin_matrix(index_t rows, index_t cols, std::uint64_t seed) {
  test::random_source random(seed);
  matrix<float> m(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = random.below(64); j < cols; j += 64 + random.below(64)) m(i, j) = random.exact();
  return m;
}

inline void check_same(const std::string& names, const matrix<float>& got, const matrix<float>& want,
                       const std::string& defect, std::size_t bytes, std::size_t direct_bytes) {
  CAPTURE(names, want.rows(), want.cols());
  CHECK(defect == "");
  CHECK(test::difference(got, want) == "");
  CHECK(bytes == direct_bytes);
}

template <class P, class Q>
void check_convert(const matrix<float>& w, const sparse_matrix<P, float>& a) {
  const auto b = convert<Q>(a);
  // Not only the same matrix: as large as if it had been encoded at once, so no fill became a nonzero.
  check_same(P::name() + " to " + Q::name(), decode(b), w, find_defect(b), stored_bytes(b),
             stored_bytes(encode<Q, float>(w)));
}

/// From P to every pattern of a list.
template <class P, class List>
void check_convert_to(List, std::uint64_t seed) {
  CAPTURE(seed);
  for (const test::shape s : test::shapes()) {
    const auto w = thin_matrix(s.rows, s.cols, seed);
    const auto a = encode<P, float>(w);
    for_each_type(List{}, [&](auto q) { check_convert<P, decltype(q)>(w, a); });
  }
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
