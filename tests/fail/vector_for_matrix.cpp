// expect: dense_operand
// SPDX-License-Identifier: BSL-1.0
// Vectors are for spmv.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>
#include <vector>

int main() {
  std::vector<float> x(3), y(2);
  const auto a = lacuna::encode<lacuna::csr, float>(lacuna::matrix<float>(2, 3));
#ifdef LACUNA_FAIL
  lacuna::spmm(a, x, y);
#else
  lacuna::spmv(a, x, y);
#endif
}
