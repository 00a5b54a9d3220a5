// SPDX-License-Identifier: BSL-1.0
//
// Compiled twice, with narrow and with wide flags, into one program: LACUNA_TWO_ARCH names the door of each
// copy. Everything behind it, from pruning to the products, is lacuna's and must not be mixed up by the
// linker.

#include <cstdlib>
#include <lacuna/format.hpp>
#include <lacuna/ops.hpp>
#include <lacuna/prune.hpp>

namespace {

// |Y - A X| with A of the pattern P, X of small integers: every product and sum is exact in float.
template <class P, class C, class Keep>
double wrong_by(const Keep& keep) {
  const lacuna::index_t m = 48, k = 64, n = 5;
  lacuna::matrix<float> w(m, k), x(k, n), y(m, n), y2(n, m);
  for (lacuna::index_t i = 0; i < m; ++i)
    for (lacuna::index_t j = 0; j < k; ++j) w(i, j) = static_cast<float>((i * 7 + j * 13) % 17 - 8);
  for (lacuna::index_t i = 0; i < k; ++i)
    for (lacuna::index_t j = 0; j < n; ++j) x(i, j) = static_cast<float>((i * 5 + j * 3) % 9 - 4);

  const auto kept = lacuna::prune(w, keep);
  const auto a = lacuna::encode<P, C>(w, kept);
  lacuna::spmm(a, x, y);
  lacuna::matrix<float> xt(n, k);
  for (lacuna::index_t i = 0; i < k; ++i)
    for (lacuna::index_t j = 0; j < n; ++j) xt(j, i) = x(i, j);
  lacuna::linear(a, xt, y2, lacuna::epilogue::relu{});

  double wrong = 0;
  for (lacuna::index_t i = 0; i < m; ++i) {
    for (lacuna::index_t j = 0; j < n; ++j) {
      double sum = 0;
      a.view().visit_row(i, [&](lacuna::index_t c, auto v) { sum += static_cast<double>(v) * x(c, j); });
      wrong += std::abs(sum - y(i, j)) + std::abs((sum > 0 ? sum : 0) - y2(j, i));
    }
  }
  return wrong;
}

// The same for a layer without a type, whose virtual functions must be those of these flags, too.
double layer_wrong_by() {
  const lacuna::index_t m = 48, k = 64, n = 5;
  lacuna::matrix<float> w(m, k), x(n, k), y(n, m), z(n, m);
  for (lacuna::index_t i = 0; i < m * k; ++i) w.data()[i] = static_cast<float>(i * 7 % 17 - 8);
  for (lacuna::index_t i = 0; i < n * k; ++i) x.data()[i] = static_cast<float>(i * 5 % 9 - 4);
  const auto a = lacuna::encode<lacuna::csr, float>(w);
  lacuna::linear(a, x, y);
  lacuna::linear(lacuna::any_linear(a), x, z);
  double wrong = 0;
  for (lacuna::index_t i = 0; i < n * m; ++i) wrong += std::abs(y.data()[i] - z.data()[i]);
  return wrong;
}

}  // namespace

double LACUNA_TWO_ARCH() {
  using namespace lacuna;
  const keep::per_row half{0.5};
  return wrong_by<csr, float>(half) + wrong_by<bitmap, bf16>(half) + wrong_by<dense, f16>(half) +
         wrong_by<nm<2, 4>, float>(keep::groups<nm<2, 4>>{}) +
         wrong_by<bsr<4, 4>, bf16>(keep::blocks<4, 4>{0.25}) + layer_wrong_by();
}
