#pragma once
// SPDX-License-Identifier: BSL-1.0
// The products: spmv, spmm, linear, swiglu, gather_gemm; their epilogues; quantised tokens; where they run.
#include <lacuna/exec/openmp.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/ops/any_linear.hpp>
#include <lacuna/ops/gather_gemm.hpp>
#include <lacuna/ops/linear.hpp>
#include <lacuna/ops/quantize.hpp>
#include <lacuna/ops/spmm.hpp>
#include <lacuna/ops/spmv.hpp>
#include <lacuna/ops/swiglu.hpp>
