#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The version, said once: CMake, the package files and the programs read it from here.
// Below 1.0 a new minor number may break source; a patch never does.

#define LACUNA_VERSION_MAJOR 0
#define LACUNA_VERSION_MINOR 1
#define LACUNA_VERSION_PATCH 0
#define LACUNA_VERSION (LACUNA_VERSION_MAJOR * 10000 + LACUNA_VERSION_MINOR * 100 + LACUNA_VERSION_PATCH)
#define LACUNA_VERSION_STRING "0.1.0"
