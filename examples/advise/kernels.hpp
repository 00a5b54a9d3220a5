#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every kernel that advise times, 73 of them, is compiled in one of the files kernels_<codec>.cpp, so that
// they compile side by side and none needs more than 1 GB.
#include <lacuna/plan/narrow.hpp>

extern template lacuna::plan::product lacuna::plan::product_of<float>(const source&, const pooled&);
extern template lacuna::plan::product lacuna::plan::product_of<lacuna::bf16>(const source&, const pooled&);
extern template lacuna::plan::product lacuna::plan::product_of<lacuna::f16>(const source&, const pooled&);
extern template lacuna::plan::product lacuna::plan::product_of<lacuna::ones>(const source&, const pooled&);
extern template lacuna::plan::narrow_products lacuna::plan::narrow_product<lacuna::plan::menu_narrow>(
    std::size_t, const source&, const pooled&);
