#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scorers: one number for each unit of a summary.
#include <lacuna/attention/estimate/box_bound.hpp>
#include <lacuna/attention/estimate/dot.hpp>
#include <lacuna/attention/estimate/exact.hpp>
#include <lacuna/attention/estimate/observed.hpp>
#include <lacuna/attention/estimate/pool.hpp>
#include <lacuna/attention/estimate/reduce.hpp>
#include <lacuna/attention/estimate/softmax.hpp>
#include <lacuna/attention/estimate/units.hpp>
