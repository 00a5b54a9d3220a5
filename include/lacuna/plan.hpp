#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which format a matrix should be stored in, and what it gains.
#include <lacuna/plan/advise.hpp>
