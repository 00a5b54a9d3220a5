// SPDX-License-Identifier: BSL-1.0
// Every regime of a pattern gives the product, whoever chooses it; a regime that it lacks is refused.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

constexpr regime all[] = {regime::reference, regime::dot,  regime::axpy,  regime::stream,
                          regime::expand,    regime::skip, regime::blocks};

template <class P>
void check_regimes(index_t tokens, std::uint64_t seed) {
  const auto w = test::random_for<P>(53, 150, 0.4, seed);
  const auto a = encode<P, bf16>(w);
  const auto x = test::random_matrix(tokens, 150, 1, seed + 1);
  const auto want = test::oracle::linear(w, x);
  matrix<float> y(tokens, 53);
  int found = 0;
  for (const regime how : all) {
    if (!kernel::has_regime<P>(how, true)) continue;
    CAPTURE(P::name(), regime_name(how), tokens);
    linear(exec{serial{}, native{}, nullptr, how}, a, x, y);
    CHECK(test::misses(y.view(), want) == "");
    ++found;
  }
  CHECK(found >= 2);
}

}  // namespace

TEMPLATE_TEST_CASE("every regime gives the product " LACUNA_TEST_ISA, "[ops]", dense, csr, bitmap, (nm<2, 4>),
                   (bsr<4, 4>), (panel<bitmap, 2>), (panel<dense, 2>), (panel<nm<2, 4>, 2>)) {
  LACUNA_REQUIRE_ISA();
  for (const index_t tokens : {0, 1, 5, 16, 35}) check_regimes<TestType>(tokens, 40);
}

#if LACUNA_EXCEPTIONS && !LACUNA_SCALAR_ONLY
TEST_CASE("a regime that a matrix lacks is refused " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = encode<csr, float>(test::random_for<csr>(20, 30, 0.4, 1));
  const auto p = pack(encode<bitmap, float>(test::random_for<bitmap>(20, 30, 0.4, 1)));
  const matrix<float> x(4, 30), columns(30, 4);
  matrix<float> y(4, 20), z(20, 4);
  const auto with = [](regime how) { return exec{serial{}, native{}, nullptr, how}; };
  CHECK(test::refusal([&] { linear(with(regime::stream), a, x, y); }) ==
        "argument: product: need a regime that csr has for X of this layout; got stream");
  CHECK(test::refusal([&] { linear(with(regime::blocks), a, x, y); }) ==
        "argument: product: need a regime that csr has for X of this layout; got blocks");
  CHECK(test::refusal([&] { linear(with(regime::axpy), p, x, y); }) ==
        "argument: product: need a regime that panel<bitmap,1> has for X of this layout; got axpy");
  CHECK(test::refusal([&] { spmm(with(regime::expand), a, columns, z); }) ==
        "argument: product: need a regime that csr has for X of this layout; got expand");
}
#endif
