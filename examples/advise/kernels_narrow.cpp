// SPDX-License-Identifier: BSL-1.0
#include "kernels.hpp"

template lacuna::plan::narrow_products lacuna::plan::narrow_product<lacuna::plan::menu_narrow>(std::size_t,
                                                                                               const source&,
                                                                                               const pooled&);
