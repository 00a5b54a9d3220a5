// SPDX-License-Identifier: BSL-1.0
#include "ops/forms.hpp"

void bench::add_float_forms(std::vector<entry>& to, bool full) { add_forms<float>(to, full); }
