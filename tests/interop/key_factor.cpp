// SPDX-License-Identifier: BSL-1.0
// ShadowKV's factor of the keys, by what a truncated singular value decomposition promises.
#include <cmath>
#include <lacuna/interop/key_factor.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

TEST_CASE("a key factor leaves out the smallest singular values, and nothing at full rank", "[interop]") {
  constexpr index_t W = 24, n = 70;
  auto K = test::random_matrix(n, W, 1, 11, [](auto& r) { return r.any(); });
  for (index_t t = 0; t < n; ++t)
    for (index_t j = 6; j < W; ++j) K(t, j) = 0.2f * K(t, j) + K(t, j % 6);  // most of it has rank 6
  double before = 1e300, size = 0;
  for (index_t t = 0; t < n; ++t)
    for (index_t j = 0; j < W; ++j) size += double(K(t, j)) * K(t, j);
  for (const index_t rank : {1, 5, 6, 12, 23, 24}) {
    const key_factor f = factor_keys(K, rank);
    double error = 0, squares = 0;
    std::vector<float> row(W);
    for (index_t t = 0; t < n; ++t) {
      rebuild_key(f, t, 0, array_view<float>(row.data(), 10));  // in two heads
      rebuild_key(f, t, 10, array_view<float>(row.data() + 10, W - 10));
      for (index_t j = 0; j < W; ++j)
        error += std::pow(double(K(t, j)) - row[static_cast<std::size_t>(j)], 2);
    }
    for (const double s : f.squares) squares += s;
    CHECK(std::fabs(squares - size) <= 1e-12 * size);
    CHECK(std::fabs(error - f.left_out()) <= 1e-6 * size);
    CHECK(error <= before * (1 + 1e-6));
    if (rank == W) CHECK(error <= 1e-8 * size);
    before = error;
    for (index_t a = 0; a < rank; ++a)
      for (index_t b = 0; b <= a; ++b) {
        double s = 0;
        for (index_t j = 0; j < W; ++j) s += double(f.basis(a, j)) * f.basis(b, j);
        REQUIRE(std::fabs(s - (a == b ? 1 : 0)) <= 1e-6);
      }
  }
  CHECK(factor_keys(matrix<float>(3, W), 4).left_out() == 0);
  CHECK(test::refusal([&] { factor_keys(K, 25); }) == "argument: factor_keys: need 1 <= rank <= 24; got 25");
}
