// SPDX-License-Identifier: BSL-1.0
#include "plan/products.hpp"

LACUNA_TEST_KERNELS template lacuna::plan::product lacuna::plan::product_of<lacuna::f16>(const source&, const pooled&);

TEST_CASE("every pattern of the menu multiplies with f16", "[plan]") {
  lacuna::test::check_products<lacuna::f16>("f16", lacuna::test::float_bound);
}
