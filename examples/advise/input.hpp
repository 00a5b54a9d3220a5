#pragma once
// SPDX-License-Identifier: BSL-1.0
// The matrix that is asked about. `read_input` fails with one sentence on a file or option that it cannot
// use.
#include <lacuna/core/matrix.hpp>
#include <lacuna/format.hpp>
#include <string>

#include "arguments.hpp"

struct input {
  std::string what;     // a sentence for the reader: where it is from and what will be done with it
  bool sparse = false;  // kept as it is, in `a`; else pruned, in `w`
  lacuna::sparse_matrix<lacuna::csr, float> a;
  lacuna::matrix<float> w;

  lacuna::index_t rows() const { return sparse ? a.rows() : w.rows(); }
  lacuna::index_t cols() const { return sparse ? a.cols() : w.cols(); }
};

input read_input(const arguments& args);
