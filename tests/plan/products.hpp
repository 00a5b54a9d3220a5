#pragma once
// SPDX-License-Identifier: BSL-1.0
// The products of one codec: every pattern of the menu against the oracle.
#include "plan/made.hpp"
#include "support/catch.hpp"

// `extern` where the kernels of the program advise are linked, nothing where the tests compile their own.
#ifndef LACUNA_TEST_KERNELS
#  define LACUNA_TEST_KERNELS
#endif

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Stores `a` in the pattern at `place` with codec C, multiplies 9 tokens, returns the error.
template <codec C>
double error_at(std::size_t place, const sparse_matrix<csr, float>& a) {
  const matrix<float> x = plan::normal_matrix(9, a.cols(), 3);
  const plan::candidate c{.name = "made", .a = a};
  const auto parallel_for = [](index_t n, const auto& piece) { serial{}.run(n, piece); };
  const plan::pooled one{pool_ref(parallel_for, 1), {}};
  const plan::product run = plan::product_of<C>(plan::store(place, c), one);
  matrix<float> y(9, a.rows());
  run(x.view(), y.view());
  return plan::oracle(a, x).error_of(y.view());
}

/// `bound` is what the arithmetic may cost, relative to sum |w||x|, when the codec stores the values exactly.
template <codec C>
void check_products(const std::string& codec, double bound) {
  std::size_t place = 0;
  plan::for_each_type(plan::menu_patterns{}, [&](auto p) {
    using P = typename decltype(p)::type;
    if constexpr (plan::can_hold<P, C>) {
      auto a = made_for<P>(53, 96, 0.3, 5);
      if (valueless_codec<C>) a = with_ones(std::move(a));
      CAPTURE(codec, P::name());
      CHECK(error_at<C>(place, a) <= bound);
    }
    ++place;
  });
}

// A row has at most 96 products, summed in any order: 97 roundings of 2^-24 each.
inline constexpr double float_bound = 97 * 0x1p-24;

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
