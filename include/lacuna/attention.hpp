#pragma once
// SPDX-License-Identifier: BSL-1.0
// Attention over caches: decode, its lists of pages, states that merge.
#include <lacuna/attention/decode.hpp>
#include <lacuna/attention/list.hpp>
#include <lacuna/attention/state.hpp>
#include <lacuna/exec/openmp.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/kv.hpp>
