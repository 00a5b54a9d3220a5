// SPDX-License-Identifier: BSL-1.0
#include <lacuna/format/encode.hpp>
#include <lacuna/pack.hpp>
#include <lacuna/plan/explain.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"

using namespace lacuna;

TEST_CASE("explain says what will run, and why", "[plan]") {
  const auto w = test::random_for<bitmap>(64, 128, 0.3, 5);
  const auto a = encode<bitmap, float>(w);
  const auto p = pack(a);
  CHECK(plan::explain(exec{serial{}, lacuna::scalar{}}, a, 8).text.rfind("reference: ", 0) == 0);
  const auto asked = plan::explain(exec{serial{}, native{}, nullptr, regime::skip}, p, 1);
  if (std::is_same_v<simd::best, simd::plain>) {
    CHECK(asked.how == regime::reference);
    return;
  }
  CHECK(asked.how == regime::skip);
  CHECK(plan::explain(exec{}, p, 1).how == regime::stream);
  CHECK(plan::explain(exec{}, p, 128).how == regime::skip);
  CHECK(plan::explain(exec{}, pack(encode<dense, bf16>(w)), 128).how == regime::expand);
  CHECK(plan::explain(exec{}, pack(encode<nm<2, 4>, bf16>(matrix<float>(32, 64))), 128).how ==
        regime::stream);
  CHECK(plan::explain(exec{}, encode<bsr<4, 4>, float>(w), 128).how == regime::blocks);
  CHECK(plan::explain(exec{}, encode<csr, float>(w), 1).how == regime::dot);
  CHECK(plan::explain(exec{}, encode<csr, float>(w), 8).how == regime::axpy);
  const auto e = plan::explain(exec{}, a, 200);
  CHECK(e.text.rfind("skip: only stored values are multiplied", 0) == 0);
  CHECK(e.text.find("for 200 tokens; ") != std::string::npos);
  CHECK(e.text.find(" of weights in 1 piece") != std::string::npos);
}

TEST_CASE("explain counts the pieces of several threads", "[plan]") {
  const auto a = encode<csr, float>(test::random_for<csr>(400, 400, 0.5, 6));
  const auto run = [](index_t n, const auto& f) {
    for (index_t i = 0; i < n; ++i) f(i);
  };
  CHECK(plan::explain(exec{pool_ref{run, 2}}, a, 8).pieces == 8);
  CHECK(plan::explain(exec{}, a, 8).pieces == 1);
}
