// expect: constraints not satisfied
// SPDX-License-Identifier: BSL-1.0
// A number of threads is not a policy.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

int main() {
  lacuna::matrix<float> x(3, 4), y(2, 4);
  const auto a = lacuna::encode<lacuna::csr, float>(lacuna::matrix<float>(2, 3));
#ifdef LACUNA_FAIL
  lacuna::spmm(lacuna::exec{2}, a, x, y);
#else
  lacuna::spmm(lacuna::exec{lacuna::serial{}}, a, x, y);
#endif
}
