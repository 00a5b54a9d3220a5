// expect: holds_value_type_of
// SPDX-License-Identifier: BSL-1.0
// Tokens of a type that has no kernel for this codec.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

int main() {
  const auto a = lacuna::encode<lacuna::csr, float>(lacuna::matrix<float>(2, 3));
#ifdef LACUNA_FAIL
  lacuna::matrix<double> x(4, 3), y(4, 2);
#else
  lacuna::matrix<float> x(4, 3), y(4, 2);
#endif
  lacuna::linear(a, x, y);
}
