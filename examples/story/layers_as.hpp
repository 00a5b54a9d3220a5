#pragma once
// SPDX-License-Identifier: BSL-1.0
// The kernels of one codec: one `linear` for each pattern. Each layers_<codec>.cpp instantiates store_as for its own.
#include "layers.hpp"

namespace story {

template <lacuna::codec C>
lacuna::any_linear store_as(std::size_t pattern, lacuna::matrix_view<const float> w,
                            const lacuna::position_mask& kept) {
  lacuna::any_linear layer;
  lacuna::plan::at_place(layer_patterns{}, pattern, [&](auto p) {
    using P = typename decltype(p)::type;
    layer = lacuna::any_linear(lacuna::pack(lacuna::encode<P, C>(w, kept)));
  });
  return layer;
}

}  // namespace story
