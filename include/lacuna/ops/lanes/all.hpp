#pragma once
// SPDX-License-Identifier: BSL-1.0
// The lanes of every pattern of the library.
#include <lacuna/ops/lanes/bitmap.hpp>
#include <lacuna/ops/lanes/bsr.hpp>
#include <lacuna/ops/lanes/csr.hpp>
#include <lacuna/ops/lanes/dense.hpp>
#include <lacuna/ops/lanes/nm.hpp>
