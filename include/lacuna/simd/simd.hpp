#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The whole room: one thin seam over xsimd (8.1 to 14) plus the primitives of sparse kernels that it lacks.
// No other room names xsimd or an intrinsic.
//
//   arch       which register          expand   masks -> places and back
//   registers  types, loads            permute  lookup, gather, window
//   vec        arithmetic, first-n,    unpack   small fields -> lanes
//              16-bit floats, loops    dot      bf16 and 8-bit products         math   exp
//   transpose  squares of floats       narrow   32-bit lanes -> 16 bits, lanes below a limit
//   codes      8- and 4-bit codes -> bytes, floats            sixteen  16 lanes on any arch
//   blend      lanes of two registers by a mask   planes   bits of many values, word by word
//   pairs      two registers -> bf16 pairs

#include <lacuna/simd/arch.hpp>
#include <lacuna/simd/blend.hpp>
#include <lacuna/simd/codes.hpp>
#include <lacuna/simd/dot.hpp>
#include <lacuna/simd/expand.hpp>
#include <lacuna/simd/math.hpp>
#include <lacuna/simd/narrow.hpp>
#include <lacuna/simd/pairs.hpp>
#include <lacuna/simd/permute.hpp>
#include <lacuna/simd/planes.hpp>
#include <lacuna/simd/sixteen.hpp>
#include <lacuna/simd/tiles.hpp>
#include <lacuna/simd/transpose.hpp>
#include <lacuna/simd/unpack.hpp>
#include <lacuna/simd/vec.hpp>
