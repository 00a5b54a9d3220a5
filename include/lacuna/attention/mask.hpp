#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every mask, their algebra, and how they become tiles.
#include <lacuna/attention/mask/algebra.hpp>
#include <lacuna/attention/mask/block_csr.hpp>
#include <lacuna/attention/mask/causal.hpp>
#include <lacuna/attention/mask/columns.hpp>
#include <lacuna/attention/mask/compile.hpp>
#include <lacuna/attention/mask/every.hpp>
#include <lacuna/attention/mask/per_head.hpp>
#include <lacuna/attention/mask/sinks.hpp>
#include <lacuna/attention/mask/slashes.hpp>
#include <lacuna/attention/mask/stride.hpp>
#include <lacuna/attention/mask/window.hpp>
