// SPDX-License-Identifier: BSL-1.0
#include "layers_as.hpp"

template lacuna::any_linear story::store_as<lacuna::bf16, story::first_patterns>(
    std::size_t, lacuna::matrix_view<const float>, const lacuna::position_mask&);
template lacuna::any_linear story::store_as<lacuna::bf16, story::more_patterns>(
    std::size_t, lacuna::matrix_view<const float>, const lacuna::position_mask&);
