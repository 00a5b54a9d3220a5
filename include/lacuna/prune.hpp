#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which weights stay: scores, keep policies, the verbs prune and sparsify; and refine, by which they make up for the rest.
#include <lacuna/prune/hessian.hpp>
#include <lacuna/prune/keep.hpp>
#include <lacuna/prune/keep_blocks.hpp>
#include <lacuna/prune/keep_groups.hpp>
#include <lacuna/prune/prune.hpp>
#include <lacuna/prune/refine.hpp>
#include <lacuna/prune/refine_codes.hpp>
#include <lacuna/prune/score.hpp>
