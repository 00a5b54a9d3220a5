#pragma once
// SPDX-License-Identifier: BSL-1.0
// The packed execution forms and how to make them.
#include <lacuna/pack/pack.hpp>
