// SPDX-License-Identifier: BSL-1.0
#include <lacuna/core/error.hpp>

#include "support/catch.hpp"

using namespace lacuna;

TEST_CASE("an error is an invalid_argument with a code and the sentence", "[core]") {
  try {
    fail(errc::shape, "spmm: need A[m,k] * B[k,n]; got A " + shape_text(2, 3) + ", B " + shape_text(2, 9));
    FAIL("fail came back");
  } catch (const std::invalid_argument& e) {
    CHECK(std::string(e.what()) == "spmm: need A[m,k] * B[k,n]; got A 2x3, B 2x9");
    const auto* const ours = dynamic_cast<const error*>(&e);
    REQUIRE(ours != nullptr);
    CHECK(ours->code() == errc::shape);
  }
}
