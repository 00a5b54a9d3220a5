// SPDX-License-Identifier: BSL-1.0
#include "ops/narrow_forms.hpp"

void bench::add_int4_forms(std::vector<entry>& to) {
  using lacuna::int4;
  add_narrow<lacuna::dense, int4<32>>(to, "dense", 0, "all", lacuna::keep::per_row{1});
  add_narrow_bitmaps<int4<32>>(to);
  add_narrow_groups<2, 4, int4<64>>(to);
  // GQSA (arXiv 2412.17560)
  add_narrow<lacuna::bsr<1, 16>, int4<16>>(to, "bsr1x16", 50, "bsr1x16 50", lacuna::keep::blocks<1, 16>{0.5});
}
