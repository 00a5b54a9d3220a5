// SPDX-License-Identifier: BSL-1.0
#include "kernels.hpp"

template lacuna::plan::product lacuna::plan::product_of<lacuna::f16>(const source&, const pooled&);
