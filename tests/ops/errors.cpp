// SPDX-License-Identifier: BSL-1.0
// Every verb refuses wrong sizes at its door, in a sentence with its operation, its rule and the sizes it
// got.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;
using test::refusal;

namespace {

sparse_matrix<csr, float> two_by_three() {
  matrix<float> w(2, 3);
  w(0, 1) = 1;
  return encode<csr, float>(w);
}

}  // namespace

TEST_CASE("spmm names its rule and the sizes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = two_by_three();
  const auto got = [&](index_t k, index_t n, index_t m, index_t columns) {
    const matrix<float> x(k, n);
    matrix<float> y(m, columns);
    return refusal([&] { spmm(a, x, y); });
  };
  const std::string rule = "shape: spmm: need A[m,k] * B[k,n] -> C[m,n]; got A 2x3, ";
  CHECK(got(2, 9, 2, 9) == rule + "B 2x9, C 2x9");
  CHECK(got(3, 9, 3, 9) == rule + "B 3x9, C 3x9");
  CHECK(got(3, 9, 2, 8) == rule + "B 3x9, C 2x8");
  CHECK(got(9, 3, 9, 2) == rule + "B 9x3, C 9x2");
  CHECK(got(0, 0, 0, 0) == rule + "B 0x0, C 0x0");
  CHECK(got(3, 9, 2, 9) == "nothing");
  CHECK(got(3, 0, 2, 0) == "nothing");
}

TEST_CASE("linear names its rule and the sizes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = two_by_three();
  const auto got = [&](index_t t, index_t k, index_t tokens, index_t m) {
    const matrix<float> x(t, k);
    matrix<float> y(tokens, m);
    return refusal([&] { linear(a, x, y); });
  };
  const std::string rule = "shape: linear: need X[t,k] * A[m,k]^T -> Y[t,m]; got A 2x3, ";
  CHECK(got(9, 2, 9, 2) == rule + "X 9x2, Y 9x2");
  CHECK(got(9, 3, 8, 2) == rule + "X 9x3, Y 8x2");
  CHECK(got(9, 3, 9, 3) == rule + "X 9x3, Y 9x3");
  CHECK(got(3, 9, 2, 9) == rule + "X 3x9, Y 2x9");
  CHECK(got(9, 3, 9, 2) == "nothing");
}

TEST_CASE("spmv names its rule and the sizes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = two_by_three();
  const auto got = [&](std::size_t k, std::size_t m) {
    const std::vector<float> x(k);
    std::vector<float> y(m);
    return refusal([&] { spmv(a, x, y); });
  };
  const std::string rule = "shape: spmv: need A[m,k] * x[k] -> y[m]; got A 2x3, ";
  CHECK(got(2, 2) == rule + "x 2x1, y 2x1");
  CHECK(got(3, 3) == rule + "x 3x1, y 3x1");
  CHECK(got(0, 2) == rule + "x 0x1, y 2x1");
  CHECK(got(3, 2) == "nothing");
}

TEST_CASE("epilogues name their rule and the sizes " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = two_by_three();
  const matrix<float> x(3, 4), tokens(4, 3);
  matrix<float> y(2, 4), out(4, 2);
  const std::vector<float> three(3), two(2);
  const std::string bias = "shape: epilogue::bias: need one value for each of 2 rows of A; got 3";
  CHECK(refusal([&] { spmm(a, x, y, epilogue::bias{three}); }) == bias);
  CHECK(refusal([&] { linear(a, tokens, out, epilogue::bias{three}); }) == bias);
  CHECK(refusal([&] { spmm(a, x, y, epilogue::bias{two} | epilogue::bias{three}); }) == bias);
  CHECK(refusal([&] { spmm(a, x, y, epilogue::bias{two}); }) == "nothing");

  // The sizes are those of the caller's words: m x n for spmm, t x m for linear.
  const std::string residual = "shape: epilogue::residual: need the shape of the output, ";
  CHECK(refusal([&] { spmm(a, x, y, epilogue::residual{out}); }) == residual + "2x4; got 4x2");
  CHECK(refusal([&] { linear(a, tokens, out, epilogue::residual{y}); }) == residual + "4x2; got 2x4");
  CHECK(refusal([&] { linear(a, tokens, out, epilogue::bias{two} | epilogue::residual{y}); }) ==
        residual + "4x2; got 2x4");
}

TEST_CASE("what is refused leaves the output alone " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = two_by_three();
  const matrix<float> x(3, 4);
  matrix<float> y(2, 4);
  const std::vector<float> three(3);
  y(1, 3) = 7;
  CHECK(refusal([&] { spmm(a, x, y, epilogue::bias{three}); }) != "nothing");
  CHECK(y(1, 3) == 7);
}

TEST_CASE("a product into its own operand is refused " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  matrix<float> w(3, 3), x(3, 3), none(3, 0);
  w(0, 1) = 1;
  const auto a = encode<csr, float>(w);
  const std::string same = "argument: product: need X and Y in different memory; got the same address";
  CHECK(refusal([&] { spmm(a, x, x); }) == same);
  CHECK(refusal([&] { linear(a, x, x); }) == same);
  CHECK(refusal([&] { spmv(a, array_view<const float>(x.data(), 3), array_view<float>(x.data(), 3)); }) ==
        same);
  CHECK(refusal([&] { spmm(a, none, none); }) == "nothing");
}
