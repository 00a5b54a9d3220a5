#pragma once
// SPDX-License-Identifier: BSL-1.0
// The kernels of a codec, one `linear` for each pattern of a list. Each layers_<codec>.cpp instantiates those of its own.
#include "layers.hpp"

namespace story {

/// `pattern`: its place in Patterns.
template <lacuna::codec C, class Patterns>
lacuna::any_linear store_as(std::size_t pattern, lacuna::matrix_view<const float> w,
                            const lacuna::position_mask& kept) {
  lacuna::any_linear layer;
  lacuna::plan::at_place(Patterns{}, pattern, [&](auto p) {
    using P = typename decltype(p)::type;
    layer = lacuna::any_linear(lacuna::pack(lacuna::encode<P, C>(w, kept)), lacuna::float_tokens{});
  });
  return layer;
}

}  // namespace story
