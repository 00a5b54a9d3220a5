#pragma once
// SPDX-License-Identifier: BSL-1.0
// Attention: prefill over masks, decode over caches and lists of their pages, shared prefixes, states that merge.
#include <lacuna/attention/cascade.hpp>
#include <lacuna/attention/decode.hpp>
#include <lacuna/attention/estimate.hpp>
#include <lacuna/attention/head_view.hpp>
#include <lacuna/attention/list.hpp>
#include <lacuna/attention/mask.hpp>
#include <lacuna/attention/prefill.hpp>
#include <lacuna/attention/sampled.hpp>
#include <lacuna/attention/select.hpp>
#include <lacuna/attention/state.hpp>
#include <lacuna/attention/systems.hpp>
#include <lacuna/exec/openmp.hpp>
#include <lacuna/exec/pool_ref.hpp>
#include <lacuna/kv.hpp>
