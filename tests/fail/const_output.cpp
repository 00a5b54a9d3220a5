// expect: takes_value_type_of
// SPDX-License-Identifier: BSL-1.0
// An output that cannot be written.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

int main() {
  const auto a = lacuna::encode<lacuna::csr, float>(lacuna::matrix<float>(2, 3));
  lacuna::matrix<float> x(3, 4);
#ifdef LACUNA_FAIL
  const lacuna::matrix<float> y(2, 4);
#else
  lacuna::matrix<float> y(2, 4);
#endif
  lacuna::spmm(a, x, y);
}
