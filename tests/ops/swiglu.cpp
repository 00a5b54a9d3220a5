// SPDX-License-Identifier: BSL-1.0
// swiglu is two products and silu(g) * u: the same bits, for every loop, float tokens and codes.
#include "ops/integer.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

constexpr index_t rows = 67, cols = 330;

template <class A, class X>
void check_pair(const A& gate, const A& up, const X& x, const std::string& what) {
  CAPTURE(what, x.rows());
  matrix<float> g(x.rows(), rows), u(x.rows(), rows), want(x.rows(), rows), got(x.rows(), rows),
      two(x.rows(), rows);
  linear(gate, x, g);
  linear(up, x, u);
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t m = 0; m < rows; ++m)
      want(t, m) = epilogue::relu{}(epilogue::silu{}(g(t, m), m, t) * u(t, m), m, t);
  swiglu(gate, up, x, got, epilogue::relu{});
  CHECK(test::difference(got, want) == "");
  linear(gate, x, two);
  linear(up, x, two, epilogue::swiglu{} | epilogue::relu{});
  CHECK(test::difference(two, want) == "");
  const test::pool pool(3);
  swiglu(exec{pool_ref{pool, 3}}, gate, up, x, got, epilogue::relu{});
  CHECK(test::difference(got, want) == "");
}

template <pattern P, codec C, bool Packed>
void check_swiglu() {
  const auto g = encode<P, C>(test::any_numbers<P>(rows, cols, 11));
  const auto u = encode<P, C>(test::any_numbers<P>(rows, cols, 12));
  const auto with = [](const auto& a, const auto& b, const auto& x) { check_pair(a, b, x, P::name()); };
  for (const index_t tokens : {1, 7, 40}) {
    const auto x = test::random_tokens<float>(tokens, cols, 13);
    const auto both = [&](const auto& a, const auto& b) {
      with(a, b, x);
      if constexpr (scaled_codec<C>) with(a, b, quantize<int8>(x));
    };
    if constexpr (Packed)
      both(pack(g), pack(u));
    else
      both(g, u);
  }
}

}  // namespace

TEST_CASE("swiglu of packed forms " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  check_swiglu<dense, float, true>();
  check_swiglu<bitmap, int4<32>, true>();
  check_swiglu<nm<2, 4>, int8<>, true>();
}
TEST_CASE("swiglu of plain forms " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  check_swiglu<csr, float, false>();
  check_swiglu<bsr<1, 16>, int4<16>, false>();
}
TEST_CASE("refusals of swiglu " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = encode<csr, float>(test::any_numbers<csr>(3, 5, 1)),
             b = encode<csr, float>(test::any_numbers<csr>(3, 4, 1));
  matrix<float> x(2, 5), y(2, 3), narrow(2, 2);
  CHECK(test::refusal([&] { swiglu(a, b, x, y); }).find("a gate of the shape of up; got gate 3x5, up 3x4") !=
        std::string::npos);
  CHECK(test::refusal([&] {
          swiglu(a, a, x, narrow);
        }).find("swiglu: need X[t,k], gate[m,k], up[m,k] -> Y[t,m]") != std::string::npos);
  CHECK(test::refusal([&] {
          swiglu(a, a, x, y, epilogue::relu{} | epilogue::accumulate{});
        }).find("does not read Y") != std::string::npos);
  CHECK(test::refusal([&] { swiglu(a, a, x, y, epilogue::residual(y)); }).find("does not read Y") !=
        std::string::npos);
  swiglu(a, a, x, y, epilogue::residual(matrix<float>(2, 3)));  // another matrix
}
