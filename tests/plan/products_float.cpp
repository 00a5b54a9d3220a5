// SPDX-License-Identifier: BSL-1.0
#include "plan/products.hpp"

LACUNA_TEST_KERNELS template lacuna::plan::product lacuna::plan::product_of<float>(const source&, const pooled&);

TEST_CASE("every pattern of the menu multiplies with float", "[plan]") {
  lacuna::test::check_products<float>("float", lacuna::test::float_bound);
}
