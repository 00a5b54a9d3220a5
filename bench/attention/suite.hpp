#pragma once
// SPDX-License-Identifier: BSL-1.0
// What bench_attention is made of: each part registers its cases.
#include <benchmark/benchmark.h>

namespace bench {

struct attention_options {
  int threads = 1;
  bool quick = false, full = false;
  double seconds = 10;  // for a group of interleaved cases, about
};

/// prefill/<product>/t<tokens>/<mask>/<loop order>/...
void add_prefill_cases(const attention_options& o);

/// decode/<cache codec>/t<tokens>/...
void add_decode_cases(const attention_options& o);

/// cascade/<cache>/b<sequences>/<product>/...
void add_cascade_cases(const attention_options& o);

/// systems/decode/<system>/t<tokens>/...
void add_systems_cases(const attention_options& o);

/// systems/prefill/<system>/t<tokens>/...
void add_prefill_systems_cases(const attention_options& o);

}  // namespace bench
