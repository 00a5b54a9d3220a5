// SPDX-License-Identifier: BSL-1.0
#include "kernels.hpp"

template lacuna::plan::product lacuna::plan::product_of<float>(const source&, const pooled&);
