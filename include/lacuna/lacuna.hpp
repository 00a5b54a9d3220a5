#pragma once
// SPDX-License-Identifier: BSL-1.0
// Everything but interop, whose readers and bridges are included one by one.
#include <lacuna/attention.hpp>
#include <lacuna/format.hpp>
#include <lacuna/kv.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/pack.hpp>
#include <lacuna/plan.hpp>
#include <lacuna/prune.hpp>
#include <lacuna/version.hpp>
