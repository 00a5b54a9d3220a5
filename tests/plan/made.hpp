#pragma once
// SPDX-License-Identifier: BSL-1.0
// Matrices with a known structure, and what the tests of plan/ ask of them.
#include <lacuna/plan/contender.hpp>
#include <lacuna/plan/seeded.hpp>

#include "plan/said.hpp"
#include "support/generators.hpp"

// Compiled in products_<codec>.cpp.
extern template lacuna::plan::product lacuna::plan::product_of<float>(const source&, const pooled&);
extern template lacuna::plan::product lacuna::plan::product_of<lacuna::bf16>(const source&, const pooled&);
extern template lacuna::plan::product lacuna::plan::product_of<lacuna::f16>(const source&, const pooled&);
extern template lacuna::plan::product lacuna::plan::product_of<lacuna::ones>(const source&, const pooled&);

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// A matrix that fills the slots of P it uses; values that every codec stores exactly.
template <class P>
sparse_matrix<csr, float> made_for(index_t rows, index_t cols, double density, std::uint64_t seed) {
  return encode<csr, float>(random_for<P>(rows, cols, density, seed, true));
}

inline sparse_matrix<csr, float> unstructured(index_t rows, index_t cols, double density,
                                              std::uint64_t seed) {
  return encode<csr, float>(random_matrix(rows, cols, density, seed));
}

inline sparse_matrix<csr, float> with_ones(sparse_matrix<csr, float> a) {
  for (index_t s = 0; s < a.nnz(); ++s) a.values()[s] = 1;
  return a;
}

inline plan::fit find_fit(const plan::structure& s, const std::string& pattern) {
  for (const plan::fit& f : s.fits)
    if (f.pattern == pattern) return f;
  return {};
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
