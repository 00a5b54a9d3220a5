// expect: (1 <= N_ && N_ <= M_ && M_ <= 64)
// SPDX-License-Identifier: BSL-1.0
// Five of every four columns.
#include <lacuna/format/encode.hpp>
#include <lacuna/format/nm.hpp>

int main() {
  lacuna::matrix<float> w(2, 8);
#ifdef LACUNA_FAIL
  const auto a = lacuna::encode<lacuna::nm<5, 4>, float>(w);
#else
  const auto a = lacuna::encode<lacuna::nm<2, 4>, float>(w);
#endif
  return static_cast<int>(a.rows()) - 2;
}
