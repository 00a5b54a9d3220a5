// SPDX-License-Identifier: BSL-1.0
// Integer products by tiles and by the stream are the same bits, and of any number of threads; what the stream gives is
// checked elsewhere. (Where there are no tiles, not in the flags or not from the system, nothing is compared.)
#include <lacuna/exec/openmp.hpp>

#include "ops/integer.hpp"

using namespace lacuna;

namespace {

template <class P, class C>
void check_tiles() {
  using A = simd::arch_of_t<native>;
  if constexpr (simd::has_tiles<A>) {
    if (!simd::tiles_allowed<A>()) {
      WARN("no tiles on this machine");
      return;
    }
    std::uint64_t seed = 11;
    // Chunks, groups and tiles that end early; more than a band of tokens; more columns than are added as integers.
    for (const test::shape s :
         {test::shape{0, 8}, {5, 0}, {1, 1}, {17, 37}, {70, 130}, {33, 257}, {50, 1100}, {3, 34000}}) {
      const auto p = pack(encode<P, C>(test::any_numbers<P>(s.rows, s.cols, ++seed)));
      for (const index_t tokens : {1, 33, s.cols < 1000 ? 150 : 17}) {
        const auto q = quantize<int8>(test::random_tokens<float>(tokens, s.cols, seed));
        test::tight_matrix<float, row_major> want(tokens, s.rows, 3), got(tokens, s.rows, 3),
            two(tokens, s.rows, 3);
        linear(exec<>{.how = regime::stream}, p, q, want.view());
        linear(exec<>{.how = regime::expand}, p, q, got.view());
        linear(exec<openmp>{.threads = {2}, .how = regime::expand}, p, q, two.view());
        CAPTURE(P::name(), codec_of<C>::name, s.rows, s.cols, tokens);
        for (index_t t = 0; t < tokens; ++t)
          for (index_t m = 0; m < s.rows; ++m) {
            if (want.view()(t, m) != got.view()(t, m) || want.view()(t, m) != two.view()(t, m))
              FAIL_CHECK("token " << t << ", row " << m << ": " << got.view()(t, m) << ", not "
                                  << want.view()(t, m));
          }
        CHECK(tokens > 0);
      }
    }
  }
}

}  // namespace

TEST_CASE("tiles give what the stream gives " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  check_tiles<dense, int8<>>();
  check_tiles<dense, int4<16>>();
  check_tiles<bitmap, int4<128, f16, asymmetric>>();
  check_tiles<nm<2, 4>, int4<64>>();
  check_tiles<nm<1, 16>, int8<>>();
}
