#pragma once
// SPDX-License-Identifier: BSL-1.0
// The lists of every pattern; those without a header here are listed through visit_row.
#include <lacuna/ops/lists/bitmap.hpp>
#include <lacuna/ops/lists/csr.hpp>
#include <lacuna/ops/lists/nm.hpp>
#include <lacuna/ops/lists/panel.hpp>
