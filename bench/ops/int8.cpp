// SPDX-License-Identifier: BSL-1.0
#include "ops/narrow_forms.hpp"

void bench::add_int8_forms(std::vector<entry>& to) {
  using lacuna::int8;
  add_narrow<lacuna::dense, int8<>>(to, "dense", 0, "all", lacuna::keep::per_row{1});
  add_narrow_bitmaps<int8<32>>(to);
  add_narrow_groups<2, 4, int8<>>(to);
  add_narrow_groups<1, 4, int8<>>(to);
  add_narrow_groups<1, 8, int8<>>(to);
  add_narrow_groups<1, 16, int8<>>(to);
}
