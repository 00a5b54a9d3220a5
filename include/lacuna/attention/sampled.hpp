#pragma once
// SPDX-License-Identifier: BSL-1.0
// Scores of some query rows, and the masks that come of them.
#include <lacuna/attention/sampled/chunks.hpp>
#include <lacuna/attention/sampled/cover.hpp>
#include <lacuna/attention/sampled/cra.hpp>
#include <lacuna/attention/sampled/kept.hpp>
#include <lacuna/attention/sampled/kept_lines.hpp>
#include <lacuna/attention/sampled/lines.hpp>
#include <lacuna/attention/sampled/pass.hpp>
#include <lacuna/attention/sampled/pooled.hpp>
#include <lacuna/attention/sampled/repair.hpp>
#include <lacuna/attention/sampled/rows.hpp>
#include <lacuna/attention/sampled/sample.hpp>
#include <lacuna/attention/sampled/sums.hpp>
#include <lacuna/attention/sampled/tile.hpp>
