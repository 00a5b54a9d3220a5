// expect: epilogue_stage
// SPDX-License-Identifier: BSL-1.0
// A stage of one's own that does not take (value, row, token).
#include <lacuna/format/encode.hpp>
#include <lacuna/ops.hpp>

struct doubled {
#ifdef LACUNA_FAIL
  float operator()(float v) const { return 2 * v; }
#else
  float operator()(float v, lacuna::index_t, lacuna::index_t) const { return 2 * v; }
#endif
};

int main() {
  lacuna::matrix<float> x(3, 4), y(2, 4);
  const auto a = lacuna::encode<lacuna::csr, float>(lacuna::matrix<float>(2, 3));
  lacuna::spmm(a, x, y, doubled{});
}
