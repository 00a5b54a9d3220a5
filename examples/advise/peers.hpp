#pragma once
// SPDX-License-Identifier: BSL-1.0
// The other libraries that a form is compared with: Eigen's dense and sparse products.
#include <lacuna/plan/contender.hpp>
#include <vector>

std::vector<lacuna::plan::peer> eigen_peers(lacuna::index_t threads);
