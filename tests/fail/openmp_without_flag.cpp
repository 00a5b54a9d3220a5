// expect: compile_with_fopenmp_or_use_serial_or_pool_ref
// SPDX-License-Identifier: BSL-1.0
// OpenMP threads from a compiler that was not asked for them.
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

int main() {
  lacuna::matrix<float> x(3, 4), y(2, 4);
  const auto a = lacuna::encode<lacuna::csr, float>(lacuna::matrix<float>(2, 3));
#ifdef LACUNA_FAIL
  lacuna::spmm(lacuna::exec{lacuna::openmp{2}}, a, x, y);
#else
  lacuna::spmm(lacuna::exec{lacuna::serial{}}, a, x, y);
#endif
}
