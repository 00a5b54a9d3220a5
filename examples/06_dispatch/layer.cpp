// SPDX-License-Identifier: BSL-1.0
//
// Compiled once for each level; LAYER_NAME names the door of each copy. All that lacuna brings along lives in
// a namespace named after the flags, so the copies never share a function.
#include "layer.hpp"

#include <lacuna/ops.hpp>

namespace {

void forward(const layer_weights& a, tokens_in x, tokens_out y) {
  lacuna::linear(a, x, y, lacuna::epilogue::relu{});
}

}  // namespace

layer LAYER_NAME() { return {lacuna::simd::arch_of_t<lacuna::native>::name, forward}; }
