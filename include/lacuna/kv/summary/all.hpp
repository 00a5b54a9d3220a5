#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every summary.
#include <lacuna/kv/summary/box.hpp>
