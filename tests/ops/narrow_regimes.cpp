// SPDX-License-Identifier: BSL-1.0
// Every regime of a pattern gives the product of narrow codecs, too, few kept or many.
#include <lacuna/ops.hpp>
#include "support/catch.hpp"
#include "support/narrow.hpp"
#include "support/oracle.hpp"

using namespace lacuna;

namespace {

constexpr regime all[] = {regime::reference, regime::dot,  regime::axpy,  regime::stream,
                          regime::expand,    regime::skip, regime::blocks};

template <class P, class C>
void check_regimes() {
  // 2111 columns: more than a chunk of any regime, and no multiple of a group.
  for (const auto& [rows, cols, density] : {std::tuple{53, 150, 0.4}, {35, 2111, 0.8}}) {
    const auto a = encode<P, C>(test::graded_for<P>(rows, cols, density, 40));
    const auto decoded = decode(a);
    for (const index_t tokens : {0, 1, 5, 35}) {
      const auto x = test::random_matrix(tokens, cols, 1, 41, [](test::random_source& r) { return r.any(); });
      const auto want = test::oracle::linear(decoded, x);
      int found = 0;
      for (const regime how : all) {
        if (!kernel::has_regime<P>(how, true)) continue;
        CAPTURE(P::name(), codec_of<C>::name, regime_name(how), cols, tokens);
        matrix<float> y(tokens, rows);
        linear(exec{serial{}, native{}, nullptr, how}, a, x, y);
        CHECK(test::misses(y.view(), want) == "");
        ++found;
      }
      CHECK(found >= 2);
    }
  }
}

}  // namespace

TEST_CASE("every regime gives the product of narrow panels " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  check_regimes<panel<bitmap, 4>, int8<32, f16, asymmetric>>();
  check_regimes<panel<bitmap, 4>, int4<64>>();
  check_regimes<panel<dense, 4>, int8<>>();
  check_regimes<panel<dense, 8>, int4<32>>();
  check_regimes<panel<bitmap>, f8_e4m3>();
}
TEST_CASE("every regime gives the product of narrow plain patterns " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  check_regimes<csr, int8<32>>();
  check_regimes<bsr<3, 5>, int4<16, f16, asymmetric>>();
  check_regimes<bitmap, int4<>>();
  check_regimes<dense, int4<32>>();
}
