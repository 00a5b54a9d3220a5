#pragma once
// SPDX-License-Identifier: BSL-1.0
// The skip regime called directly: every panel width, both layouts of X and Y, sizes around a register, a panel
// and a chunk, against the oracle. Memory that must not be read holds NaN.
#include <lacuna/format.hpp>
#include <lacuna/ops/spmm/skip.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"
#include "support/tight.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

inline buffer<float> nans(index_t n) {
  buffer<float> b(n);
  for (float& v : b) v = std::numeric_limits<float>::quiet_NaN();
  return b;
}

/// The product with its rows in `pieces`; X is packed backwards, a piece at a time.
template <class A, class S, class X, class Y, class Epilogue = epilogue::none>
void skip(const S& a, int vectors, const X& x, const Y& y, index_t pieces = 1, const Epilogue& finish = {}) {
  using P = pattern_of<S>;
  using C = codec_type_of<S>;
  const kernel::skip_shape<A> s(a.cols(), x.cols(), vectors);
  auto xp = nans(s.x_floats());
  for (index_t p = kernel::skip_pack_pieces(s); p > 0; --p) kernel::skip_pack(s, x, p - 1, p, xp.data());
  auto scratch = nans(kernel::skip_scratch_floats<A, P, C>(s));
  for (index_t p = 0; p < pieces; ++p)
    kernel::product_skip<A>(s, a, row_range{a.rows() * p / pieces, a.rows() * (p + 1) / pieces}, xp.data(), y,
                            finish, scratch.data());
}

template <class A, class XLayout, class YLayout, class S>
void check(const S& a, int vectors, const matrix<float>& from, const expectation& want, index_t gap) {
  const tight_matrix<float, XLayout> x(from, gap);
  tight_matrix<float, YLayout> y(want.rows(), want.cols(), gap);
  skip<A>(a, vectors, x.view(), y.view());
  CAPTURE(A::name, vectors, is_row_major<XLayout>, is_row_major<YLayout>, from.cols(), gap);
  CHECK(misses(y.view(), want) == "");
  CHECK(y.gaps_intact());
}

/// Columns of X around registers and panels of `lanes`, in turn.
inline index_t columns(index_t turn, index_t lanes) {
  const index_t counts[] = {lanes,     8 * lanes + 5,  3,         lanes + 1, 8 * lanes - 1,
                            2 * lanes, 17 * lanes - 2, lanes / 2, 4 * lanes, 5 * lanes + 3,
                            1,         8 * lanes};
  return counts[turn % 12];
}

template <class A, codec C, pattern P>
void check_codec(const tight_sparse<P>& a, const matrix<float>& w, index_t turn, std::uint64_t seed) {
  CAPTURE(codec_of<C>::name);
  const auto values = a.template values<C>();
  const auto view = a.template view<C>(values);
  const int vectors = 1 << turn % 4;
  const auto x = random_matrix<float>(w.cols(), columns(turn, A::lanes), 1, seed,
                                      [](random_source& r) { return r.any(); });
  const auto want = oracle::spmm(w, x);
  const index_t gap = turn % 3 == 0 ? 3 : 0;
  check<A, row_major, row_major>(view, vectors, x, want, gap);
  check<A, col_major, col_major>(view, vectors, x, want, gap);
}

inline std::vector<shape> skip_shapes(index_t lanes) {
  const index_t chunk = kernel::skip_shape<simd::best>::chunk_floats / (8 * lanes);
  auto all = shapes(lanes);
  for (const shape s : {shape{9, chunk - 1}, shape{9, chunk}, shape{9, chunk + 1}, shape{40, 2 * chunk + 17},
                        shape{3, 1111}, shape{600, 70}})
    all.push_back(s);
  return all;
}

template <class A, pattern P, codec... Codecs>
void check_pattern(double density) {
  std::uint64_t seed = 1;
  index_t turn = 0;
  for (const shape s : skip_shapes(A::lanes))
    for (const filling how : fillings()) {
      if (how != filling::as_is && s.rows * s.cols > 4096) continue;
      CAPTURE(P::name(), s.rows, s.cols, text(how), ++seed);
      const auto w = filled(
          random_for<P>(s.rows, s.cols, density, seed), how, !requires { P::M; });
      const tight_sparse<P> a(w);
      (check_codec<A, Codecs>(a, w, turn++, seed), ...);
    }
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
