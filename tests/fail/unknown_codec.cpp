// expect: has_codec_types
// SPDX-License-Identifier: BSL-1.0
// Values of a type that is no codec.
#include <lacuna/format/csr.hpp>
#include <lacuna/format/encode.hpp>

int main() {
  lacuna::matrix<float> w(2, 3);
#ifdef LACUNA_FAIL
  const auto a = lacuna::encode<lacuna::csr, int>(w);
#else
  const auto a = lacuna::encode<lacuna::csr, float>(w);
#endif
  return static_cast<int>(a.rows()) - 2;
}
