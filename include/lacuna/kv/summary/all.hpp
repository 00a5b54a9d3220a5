#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every summary.
#include <lacuna/kv/summary/box.hpp>
#include <lacuna/kv/summary/channels.hpp>
#include <lacuna/kv/summary/landmarks.hpp>
#include <lacuna/kv/summary/mean.hpp>
#include <lacuna/kv/summary/observed.hpp>
#include <lacuna/kv/summary/projection.hpp>
