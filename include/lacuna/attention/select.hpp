#pragma once
// SPDX-License-Identifier: BSL-1.0
// Selectors: from the numbers of a scorer to a list of pages.
#include <lacuna/attention/select/bits.hpp>
#include <lacuna/attention/select/budget.hpp>
#include <lacuna/attention/select/choices.hpp>
#include <lacuna/attention/select/compose.hpp>
#include <lacuna/attention/select/cut.hpp>
#include <lacuna/attention/select/every.hpp>
#include <lacuna/attention/select/outliers.hpp>
#include <lacuna/attention/select/place.hpp>
#include <lacuna/attention/select/run.hpp>
#include <lacuna/attention/select/token_set.hpp>
#include <lacuna/attention/select/top_k.hpp>
#include <lacuna/attention/select/two_part.hpp>
#include <lacuna/attention/select/with_repair.hpp>
