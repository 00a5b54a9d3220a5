// SPDX-License-Identifier: BSL-1.0
//
// The public interface without exceptions and RTTI: prune, encode, convert, validate, multiply. A wrong size
// would print its sentence and abort.

#include <cstdio>
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/prune.hpp>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#  error "this program is compiled with -fno-exceptions -fno-rtti"
#endif

int main() {
  lacuna::matrix<float> w(32, 64), x(8, 64), y(8, 32), z(8, 32);
  for (lacuna::index_t i = 0; i < 32; ++i)
    for (lacuna::index_t j = 0; j < 64; ++j) w(i, j) = static_cast<float>((i * 31 + j * 17) % 23 - 11);
  for (lacuna::index_t i = 0; i < 8; ++i)
    for (lacuna::index_t j = 0; j < 64; ++j) x(i, j) = static_cast<float>((i + j) % 5 - 2);

  const auto kept = lacuna::prune(w, lacuna::keep::groups<lacuna::nm<2, 4>>{});
  const auto a = lacuna::encode<lacuna::nm<2, 4>, lacuna::bf16>(w, kept);
  const auto b = lacuna::convert<lacuna::csr>(a);
  lacuna::validate(b.view());
  lacuna::linear(a, x, y);
  lacuna::linear(b, x, z);
  double wrong = 0;
  for (lacuna::index_t i = 0; i < 8; ++i)
    for (lacuna::index_t j = 0; j < 32; ++j)
      wrong += y(i, j) > z(i, j) ? y(i, j) - z(i, j) : z(i, j) - y(i, j);
  std::printf("2:4 and csr differ by %g\n", wrong);
  return wrong == 0 ? 0 : 1;
}
