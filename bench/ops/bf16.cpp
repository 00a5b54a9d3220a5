// SPDX-License-Identifier: BSL-1.0
#include "ops/forms.hpp"

void bench::add_bf16_forms(std::vector<entry>& to, bool full) { add_forms<lacuna::bf16>(to, full); }
