// SPDX-License-Identifier: BSL-1.0
#include <lacuna/plan/narrow.hpp>
#include <set>

#include "plan/products.hpp"

LACUNA_TEST_KERNELS template lacuna::plan::narrow_products
lacuna::plan::narrow_product<lacuna::plan::menu_narrow>(std::size_t, const source&, const pooled&);

using namespace lacuna;

TEST_CASE("every narrow form multiplies, tokens as they are and quantised", "[plan]") {
  const matrix<float> x = plan::normal_matrix(9, 96, 3);
  const auto parallel_for = [](index_t n, const auto& piece) { serial{}.run(n, piece); };
  const plan::pooled one{pool_ref(parallel_for, 1), {}};
  std::set<std::string> seen;
  std::size_t place = 0;
  plan::for_each_type(plan::menu_patterns{}, [&](auto p) {
    using P = typename decltype(p)::type;
    const auto a = test::made_for<P>(53, 96, 0.3, 5);
    const plan::candidate c{.name = "made", .a = a};
    const auto truth = std::make_shared<const plan::oracle>(a, x);
    plan::lineup l{.most_bytes = std::size_t{1} << 30};
    plan::add_narrow_forms(l, one, c, plan::recognise(a), place++, truth);
    for (const plan::contender& form : l.in) {
      CAPTURE(form.about.pattern, form.about.codec);
      CHECK(form.about.pattern == P::name());
      CHECK_FALSE(form.about.lossless);
      CHECK(!form.regime(9).empty());
      matrix<float> y(9, 53);
      form.run(x.view(), y.view());
      const bool four = form.about.codec.find("int4") == 0,
                 codes = form.about.codec.find(" x int8") != std::string::npos;
      // A product is off by half a step of its weight and of its token, against itself: in sum, by their largest shares.
      const double error = form.truth->error_of(y.view());
      CHECK(error > 0);
      CHECK(error < (four ? 0.5 : 0.05) + (codes ? 0.05 : 0));
      seen.insert(form.about.pattern + " " + form.about.codec);
    }
  });
  CHECK(seen.size() == 20);
}
