// SPDX-License-Identifier: BSL-1.0
//
// A stranger's first program: prune a layer to 2:4, store it in bf16, multiply.

#include <iostream>
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/prune.hpp>
#include <lacuna/version.hpp>

int main() {
  lacuna::matrix<float> w(64, 128), x(128, 4), y(64, 4);
  for (lacuna::index_t i = 0; i < 64; ++i)
    for (lacuna::index_t j = 0; j < 128; ++j) w(i, j) = static_cast<float>((i * 31 + j * 17) % 23 - 11);
  for (lacuna::index_t j = 0; j < 128; ++j) x(j, 0) = 1;

  const auto a = lacuna::sparsify<lacuna::nm<2, 4>, lacuna::bf16>(w);
  lacuna::spmm(a, x, y);

  std::cout << "lacuna " LACUNA_VERSION_STRING ", " << a.nnz() << " of " << 64 * 128
            << " weights, y(0, 0) = " << y(0, 0) << '\n';
  return a.nnz() == 64 * 128 / 2 && y(1, 1) == 0 ? 0 : 1;
}
