#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which weights stay: scores, keep policies, and the verbs prune and sparsify.
#include <lacuna/prune/keep.hpp>
#include <lacuna/prune/keep_blocks.hpp>
#include <lacuna/prune/keep_groups.hpp>
#include <lacuna/prune/prune.hpp>
#include <lacuna/prune/score.hpp>
