// SPDX-License-Identifier: BSL-1.0
#include <lacuna/plan/structure.hpp>

#include "plan/made.hpp"
#include "support/catch.hpp"

using namespace lacuna;
using test::find_fit, test::made_for, test::missing, test::unstructured, test::with_ones;

TEMPLATE_TEST_CASE("full blocks are recognised", "[plan]", (bsr<1, 16>), (bsr<16, 1>), (bsr<4, 4>),
                   (bsr<8, 8>), (bsr<16, 16>)) {
  // 67 x 130: blocks over both edges are as full as what is inside the matrix.
  const plan::structure s = plan::recognise(made_for<TestType>(67, 130, 0.2, 1));
  const plan::fit f = find_fit(s, TestType::name());
  CHECK(f.holds);
  CHECK(f.fill == 1);
  CHECK(f.inside == s.nnz);
  const auto blocks = plan::full_blocks(s);
  REQUIRE(!blocks.empty());
  CHECK(blocks[0].pattern == TestType::name());
  CHECK(missing(plan::structure_text(s), "lie in full " + shape_text(TestType::R, TestType::C) + " blocks") ==
        "");
}

TEST_CASE("a block that holds smaller ones is named first", "[plan]") {
  const plan::structure s = plan::recognise(made_for<bsr<16, 16>>(64, 64, 0.3, 2));
  CHECK(missing(plan::structure_text(s), "full 16x16 blocks (so in 8x8, 1x16, 16x1 and 4x4, too)") == "");
}

TEST_CASE("blocks that are partly full are told from full ones", "[plan]") {
  matrix<float> w = test::random_for<bsr<8, 8>>(64, 64, 0.2, 3, true);
  test::random_source random(4);
  for (index_t i = 0; i < 64 * 64; ++i)
    if (random.chance(0.2)) w.data()[i] = 0;
  const plan::structure s = plan::recognise(encode<csr, float>(w));
  CHECK(plan::full_blocks(s).empty());
  CHECK(find_fit(s, "bsr<8,8>").holds);
  CHECK(missing(plan::structure_text(s), "blocks are") == "");
}

TEMPLATE_TEST_CASE("N:M is recognised", "[plan]", (nm<1, 4>), (nm<1, 8>), (nm<1, 16>), (nm<2, 4>), (nm<2, 8>),
                   (nm<4, 8>)) {
  const plan::structure s = plan::recognise(made_for<TestType>(33, 160, 0.9, 5));
  CHECK(find_fit(s, TestType::name()).fill == 1);
  CHECK(plan::tightest_groups(s).stored == s.nnz);
  const auto name = std::to_string(TestType::N) + ":" + std::to_string(TestType::M);
  // 4:8 that happens to be 2:4 does not occur by chance in 660 groups.
  CHECK(missing(plan::structure_text(s), name + " holds it") == "");
}

TEST_CASE("one group too full rules N:M out", "[plan]") {
  matrix<float> w = test::random_for<nm<2, 4>>(20, 64, 0.9, 6, true);
  CHECK(find_fit(plan::recognise(encode<csr, float>(w)), "nm<2,4>").holds);
  for (index_t k = 0; k < 4; ++k) w(7, k) = 1;
  CHECK_FALSE(find_fit(plan::recognise(encode<csr, float>(w)), "nm<2,4>").holds);
}

TEST_CASE("unstructured matrices fit plain patterns only", "[plan]") {
  const double density = GENERATE(0.05, 0.3, 0.5, 0.9);
  CAPTURE(density);
  const plan::structure s = plan::recognise(unstructured(96, 128, density, 7));
  for (const plan::fit& f : s.fits) {
    CAPTURE(f.pattern, f.fill);
    CHECK(f.holds == (f.R == 0 && f.M == 0));
  }
  CHECK(missing(plan::structure_text(s), "neither blocks nor N:M groups found") == "");
}

TEST_CASE("values of 1 are recognised, and only those", "[plan]") {
  auto a = with_ones(unstructured(20, 30, 0.2, 8));
  CHECK(plan::recognise(a).ones);
  CHECK(missing(plan::structure_text(plan::recognise(a)), "every value is 1") == "");
  a.values()[3] = 2;
  CHECK_FALSE(plan::recognise(a).ones);
}

TEST_CASE("columns past 16 bits rule csr<u16> out", "[plan]") {
  CHECK(find_fit(plan::recognise(unstructured(1, 65535, 0.01, 9)), "csr<u16>").holds);
  CHECK_FALSE(find_fit(plan::recognise(unstructured(1, 65536, 0.01, 9)), "csr<u16>").holds);
}

TEST_CASE("an empty matrix has no structure", "[plan]") {
  const plan::structure s = plan::recognise(unstructured(8, 8, 0, 10));
  CHECK(plan::full_blocks(s).empty());
  CHECK(plan::tightest_groups(s).M == 0);
  CHECK_FALSE(s.ones);
}

TEST_CASE("the bytes of a fit are the bytes of the form", "[plan]") {
  const auto a = made_for<bsr<4, 4>>(30, 50, 0.3, 11);
  const plan::structure s = plan::recognise(a);
  std::size_t place = 0;
  plan::for_each_type(plan::menu_patterns{}, [&](auto p) {
    using P = typename decltype(p)::type;
    if (s.fits[place].holds)
      CHECK(plan::form_bytes<bf16>(place, s, s.fits[place].stored) == stored_bytes(convert<P, bf16>(a)));
    ++place;
  });
}
