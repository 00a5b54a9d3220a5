#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which format a matrix should be stored in and what it gains; how a product will run.
#include <lacuna/plan/advise.hpp>
#include <lacuna/plan/explain.hpp>
