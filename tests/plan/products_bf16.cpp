// SPDX-License-Identifier: BSL-1.0
#include "plan/products.hpp"

LACUNA_TEST_KERNELS template lacuna::plan::product lacuna::plan::product_of<lacuna::bf16>(const source&, const pooled&);

TEST_CASE("every pattern of the menu multiplies with bf16", "[plan]") {
  lacuna::test::check_products<lacuna::bf16>("bf16", lacuna::test::float_bound);
}
