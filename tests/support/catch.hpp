#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// The one door to Catch2, versions 2.13 and 3. Tests keep to what both have: CHECK, REQUIRE, SECTION,
// GENERATE, CAPTURE, the TEMPLATE_ cases, WithinAbs / WithinRel / WithinULP. Slow cases carry the tag
// [.slow]; the preset `full` runs them.
//
// Tests that are compiled once per ISA end their name in LACUNA_TEST_ISA and open with LACUNA_REQUIRE_ISA().

#if __has_include(<catch2/catch_all.hpp>)
#  include <catch2/catch_all.hpp>
#else
#  include <catch2/catch.hpp>
#endif

#include "support/isa.hpp"

// Leaves the test case, with a line in the log, when the CPU lacks what this object was compiled for.
#define LACUNA_REQUIRE_ISA()                                   \
  do {                                                         \
    if (!lacuna_test_cpu_runs_this()) {                        \
      WARN("skipped: this CPU does not run " LACUNA_TEST_ISA); \
      return;                                                  \
    }                                                          \
  } while (false)
