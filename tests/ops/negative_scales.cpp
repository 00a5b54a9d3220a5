// SPDX-License-Identifier: BSL-1.0
// Scales from files may be negative: no loop asks for the sign of one.
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"

using namespace lacuna;

namespace {

constexpr index_t rows = 37, depth = 96;

/// The scale times -1; every other group, so that both signs meet in a sum.
template <class Cell>
Cell negated(Cell c) {
  if constexpr (requires { c.zero; })
    c.scale = decltype(c.scale)(-static_cast<float>(c.scale));
  else
    c = Cell(-static_cast<float>(c));
  return c;
}

/// Rounding is the same for both signs.
void check_opposite(const matrix<float>& y, const matrix<float>& z) {
  matrix<float> minus(z.rows(), z.cols());
  for (index_t i = 0; i < z.rows() * z.cols(); ++i) minus.data()[i] = -z.data()[i];
  CHECK(test::difference(y, minus) == "");
}

template <class P, class C>
void check_form() {
  CAPTURE(P::name(), codec_of<C>::name);
  auto a = encode<P, C>(test::random_for<P>(rows, depth, 0.4, 7));
  a.values()[0] = element_t<C>(0x88);  // -8 twice, or -120
  for (index_t i = 0; i < a.scales().size(); i += 2) a.scales()[i] = negated(a.scales()[i]);
  auto minus = a;
  for (auto& cell : minus.scales()) cell = negated(cell);
  CHECK(find_defect(a) == "");
  CHECK(find_defect(minus) == "");
  for (const index_t tokens : {1, 3, 8, 40}) {
    CAPTURE(tokens);
    const auto x = test::random_matrix(tokens, depth, 1, 8, [](test::random_source& r) { return r.any(); });
    matrix<float> y(tokens, rows), z(tokens, rows);
    linear(a, x, y);
    linear(minus, x, z);
    CHECK(test::misses(y, test::oracle::linear(decode(a), x)) == "");
    check_opposite(y, z);
    if constexpr (!std::is_same_v<P, dense>) {  // the integer product
      const auto codes = quantize<int8>(x);
      linear(a, codes, y);
      linear(minus, codes, z);
      check_opposite(y, z);
    }
  }
}

}  // namespace

// What has loops of its own for codes, and a plain form, which goes through `value` as all of them do.
TEST_CASE("negative scales multiply as positive ones do " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  using q4 = int4<32, f16>;
  using q8 = int8<32, f16>;
  using affine = int4<16, bf16, asymmetric>;
  check_form<dense, q4>();
  check_form<packed_pattern<dense, q4>, q4>();
  check_form<packed_pattern<bitmap, q4>, q4>();
  check_form<packed_pattern<bitmap, affine>, affine>();
  check_form<packed_pattern<nm<2, 4>, q8>, q8>();
  check_form<bsr<1, 16>, int4<16, f16>>();
}

TEMPLATE_TEST_CASE("negative scales stay in a conversion " LACUNA_TEST_ISA, "[ops]", (int4<32, f16>),
                   (int8<per_row, bf16>), (int8<16, bf16, asymmetric>)) {
  using C = TestType;
  auto a = encode<dense, C>(test::random_for<dense>(rows, depth, 1, 7, true));
  for (index_t i = 0; i < a.scales().size(); i += 2) a.scales()[i] = negated(a.scales()[i]);
  CHECK(test::difference(decode(a), decode(convert<dense>(convert<csr>(a)))) == "");
  CHECK(test::difference(decode(a), decode(pack(a))) == "");
  // The nearest code to a value, by a scale of either sign.
  using of = codec_of<C>;
  const cell_t<C> c = of::cell_for(-6, 7), minus = negated(c);
  const float z = of::zero_of(c);
  for (const float v : {-5.0f, 0.0f, 1.0f, 3.0f}) CHECK(of::code(v, minus) - z == -(of::code(v, c) - z));
}
