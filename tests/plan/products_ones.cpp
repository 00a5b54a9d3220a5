// SPDX-License-Identifier: BSL-1.0
#include "plan/products.hpp"

LACUNA_TEST_KERNELS template lacuna::plan::product lacuna::plan::product_of<lacuna::ones>(const source&, const pooled&);

TEST_CASE("every pattern of the menu multiplies with ones", "[plan]") {
  lacuna::test::check_products<lacuna::ones>("ones", lacuna::test::float_bound);
}
