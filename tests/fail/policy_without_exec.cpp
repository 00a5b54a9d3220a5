// expect: exec_policy
// SPDX-License-Identifier: BSL-1.0
// A policy of threads where `exec{...}` belongs.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

int main() {
  lacuna::matrix<float> x(3, 4), y(2, 4);
  const auto a = lacuna::encode<lacuna::csr, float>(lacuna::matrix<float>(2, 3));
#ifdef LACUNA_FAIL
  lacuna::spmm(lacuna::serial{}, a, x, y);
#else
  lacuna::spmm(lacuna::exec{lacuna::serial{}}, a, x, y);
#endif
}
