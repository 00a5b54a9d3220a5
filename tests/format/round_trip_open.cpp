// SPDX-License-Identifier: BSL-1.0
#include "format/round_trip.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("encode, then decode, is the same matrix: open patterns", "[format]", open_patterns) {
  const std::uint64_t seed = GENERATE(1u, 2u);
  check_round_trips<TestType>(seed);
  check_ones_round_trip<TestType>(seed);
}

TEMPLATE_TEST_CASE("a matrix of any type, however it lies, is encoded alike", "[format]", float, double, bf16,
                   f16) {
  const auto w = test::random_for<nm<2, 4>>(13, 37, 0.3, 3);
  matrix<TestType> m(13, 37);
  for (index_t i = 0; i < 13; ++i)
    for (index_t j = 0; j < 37; ++j) m(i, j) = TestType(w(i, j));
  test::for_each_layout(m, [&](auto v, const char* how) {
    CAPTURE(how);
    CHECK(test::difference(decode(encode<csr, TestType>(v)), w) == "");
    CHECK(test::difference(decode(encode<nm<2, 4>, float>(v)), w) == "");
    CHECK(test::difference(decode(encode<bsr<3, 5>, bf16>(v)), w) == "");
  });
}
