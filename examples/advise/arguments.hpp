#pragma once
// SPDX-License-Identifier: BSL-1.0
// What the user asked for. `parse` fails with one sentence on anything it does not understand.
#include <lacuna/core/types.hpp>
#include <string>
#include <vector>

struct arguments {
  std::string file;                    // none: a seeded layer
  lacuna::index_t rows = 0, cols = 0;  // 0: not given
  std::vector<double> keep = {0.5, 0.3, 0.1};
  std::vector<lacuna::index_t> tokens = {1, 8, 32, 128};
  lacuna::index_t threads = 1;
  std::string json, tensor;
  double seconds = 40;
  double error = 0;
  bool keep_given = false, cached = false, narrow = false, help = false;
};

arguments parse(int count, char** words);

extern const char* const usage;
