// SPDX-License-Identifier: BSL-1.0
// The typed suite for `ones`, the codec without an array, on patterns whose every slot holds a nonzero.
#include "ops/suite.hpp"

using namespace lacuna;

namespace {

template <pattern P>
void check_ones() {
  test::turns turn;
  std::uint64_t seed = 77;
  for (const test::shape s : test::product_shapes()) {
    ++seed;
    CAPTURE(P::name(), s.rows, s.cols, seed);
    auto w = test::random_for<P>(s.rows, s.cols, 0.3, seed, true);
    for (index_t i = 0; i < s.rows; ++i)
      for (index_t k = 0; k < s.cols; ++k) w(i, k) = w(i, k) != 0 ? 1.0f : 0.0f;
    test::check_codec<ones, test::layouts::both>(test::tight_sparse<P>(w), w, turn, seed);
  }
}

}  // namespace

TEST_CASE("products of masks " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  check_ones<csr>();
  check_ones<bitmap>();
  check_ones<nm<2, 4>>();
  check_ones<bsr<4, 4>>();
}
