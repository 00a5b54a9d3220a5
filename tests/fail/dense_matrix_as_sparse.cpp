// expect: sparse_operand
// SPDX-License-Identifier: BSL-1.0
// A dense matrix where the sparse operand belongs.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

int main() {
  lacuna::matrix<float> w(2, 3), x(3, 4), y(2, 4);
  const auto a = lacuna::encode<lacuna::csr, float>(w);
#ifdef LACUNA_FAIL
  lacuna::spmm(w, x, y);
#else
  lacuna::spmm(a, x, y);
#endif
}
