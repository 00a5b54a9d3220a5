// expect: decode(in, slot)
// SPDX-License-Identifier: BSL-1.0
// A codec from outside that cannot be read back.
#include <lacuna/format/csr.hpp>
#include <lacuna/format/encode.hpp>

struct bytes {
  using element = signed char;
  using value_type = float;
  static constexpr double roundoff = 0.5;
  static constexpr const char* name = "bytes";
  static constexpr lacuna::index_t elements(lacuna::index_t slots) { return slots; }
  static void encode(signed char* v, lacuna::index_t slot, float x) { v[slot] = static_cast<signed char>(x); }
#ifndef LACUNA_FAIL
  static float decode(const signed char* v, lacuna::index_t slot) { return v[slot]; }
#endif
};

int main() {
  lacuna::matrix<float> w(2, 3);
  const auto a = lacuna::encode<lacuna::csr, bytes>(w);
  return static_cast<int>(a.rows()) - 2;
}
