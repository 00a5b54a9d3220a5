// expect: (R_ >= 1 && C_ >= 1)
// SPDX-License-Identifier: BSL-1.0
// Blocks without columns.
#include <lacuna/format/bsr.hpp>
#include <lacuna/format/encode.hpp>

int main() {
  lacuna::matrix<float> w(2, 8);
#ifdef LACUNA_FAIL
  const auto a = lacuna::encode<lacuna::bsr<4, 0>, float>(w);
#else
  const auto a = lacuna::encode<lacuna::bsr<4, 4>, float>(w);
#endif
  return static_cast<int>(a.rows()) - 2;
}
