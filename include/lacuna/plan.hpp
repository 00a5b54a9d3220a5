#pragma once
// SPDX-License-Identifier: BSL-1.0
// What to store a matrix as: plan::advise tries every form and says what it gains.
#include <lacuna/plan/advise.hpp>
