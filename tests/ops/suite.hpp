#pragma once
// SPDX-License-Identifier: BSL-1.0
// The typed suite: pattern x codec x verb x layouts x shapes x tokens x {native, scalar} against the oracle.
//
// Shapes and fillings are taken fully; token counts, gaps between lines and layouts go round, so that pairs
// meet without the full product. Values are exact in every codec, X uses all its bits: the bound is that of
// the sum alone. All memory is tight (support/tight.hpp).
#include <lacuna/ops.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"
#include "support/tight.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Which layouts of X and Y spmm is tried with, besides those that spmv and linear need anyway.
enum class layouts { both, all_four };

inline std::vector<shape> product_shapes() {
  auto all = shapes(simd::best::lanes);
  // Whole registers of 1:16 (256 columns), four of them, more rows than a kernel's block of 16 or 256.
  for (const shape s :
       {shape{3, 255}, shape{2, 257}, shape{2, 1111}, shape{5, 512}, shape{37, 19}, shape{261, 35}})
    all.push_back(s);
  return all;
}

/// Goes round the token counts and the gaps; copies give the same numbers until next().
class turns {
 public:
  index_t tokens() {
    static constexpr index_t counts[] = {1, 2, 3, 5, 7, 8, 9, 16, 17, 33, 65, 130};
    return counts[turn_++ % 12];
  }
  index_t gap() const { return turn_ % 3 == 0 ? 3 : 0; }
  void next() { turn_ += 5; }  // prime to 12: every count takes every place

 private:
  index_t turn_ = 0;
};

template <class T>
matrix<T> random_tokens(index_t rows, index_t cols, std::uint64_t seed) {
  return random_matrix<T>(rows, cols, 1, seed, [](random_source& r) { return r.any(); });
}

/// What went wrong, with how to find it again; "" when nothing did.
template <class T, class Layout>
std::string verdict(const tight_matrix<T, Layout>& y, const expectation& want, const std::string& what) {
  const std::string missed = misses(y.view(), want);
  if (!missed.empty()) return what + " " + missed;
  return y.gaps_intact() ? "" : what + " wrote between the lines of Y";
}

/// A product with its operands bound but for X and Y. Behind a pointer: what checks it is compiled once.
template <class T, class XLayout, class YLayout>
class product {
 public:
  template <class Call>
  product(const Call& call)
      : call_(&call),
        run_([](const void* c, const auto& x, const auto& y) { (*static_cast<const Call*>(c))(x, y); }) {}
  void operator()(const matrix_view<const T, XLayout>& x, const matrix_view<T, YLayout>& y) const {
    run_(call_, x, y);
  }

 private:
  const void* call_;
  void (*run_)(const void*, const matrix_view<const T, XLayout>&, const matrix_view<T, YLayout>&);
};

/// call(x, y) must turn x into `want`, with X and Y laid out so.
template <class T, class XLayout, class YLayout>
void check_product(const char* what, const matrix<T>& from, const expectation& want, index_t gap,
                   const product<T, XLayout, YLayout>& call) {
  const tight_matrix<T, XLayout> x(from, gap);
  tight_matrix<T, YLayout> y(want.rows(), want.cols(), gap);
  call(x.view(), y.view());
  const auto by = [](bool rows) { return rows ? "rows" : "columns"; };
  CHECK(verdict(y, want,
                std::string(what) + ", X by " + by(is_row_major<XLayout>) + ", Y by " +
                    by(is_row_major<YLayout>) + ", " + shape_text(from.rows(), from.cols()) + ", gap " +
                    std::to_string(gap)) == "");
}

template <class T>
void check_spmv_product(const char* what, const matrix<T>& w, const matrix<T>& from,
                        const product<T, col_major, col_major>& call) {
  const tight<T> x(array_view<const T>(from.data(), from.rows()));
  tight_matrix<T, col_major> y(w.rows(), 1, 0);
  call({x.data(), x.size(), 1}, y.view());
  CHECK(verdict(y, oracle::spmv(w, x), std::string(what) + " " + shape_text(w.rows(), w.cols())) == "");
}

/// All verbs for one matrix, `a`, that is `w` in some pattern and codec; spmm in `Layouts`.
template <layouts Layouts, class T, class Exec, class A>
void check_verbs(const Exec& where, const char* simd, const A& a, const matrix<T>& w, turns turn,
                 std::uint64_t seed) {
  CAPTURE(simd);
  const index_t n = turn.tokens(), t = turn.tokens(), gap = turn.gap();
  const auto x = random_tokens<T>(w.cols(), n, seed);
  const auto want = oracle::spmm(w, x);
  const auto call = [&](const auto& xv, const auto& yv) { spmm(where, a, xv, yv); };
  check_product<T, row_major, row_major>("spmm", x, want, gap, call);
  check_product<T, col_major, col_major>("spmm", x, want, gap, call);
  if constexpr (Layouts == layouts::all_four) {
    check_product<T, row_major, col_major>("spmm", x, want, gap, call);
    check_product<T, col_major, row_major>("spmm", x, want, gap, call);
  }
  check_spmv_product<T>("spmv", w, random_tokens<T>(w.cols(), 1, seed + 1),
                        [&](const auto& xv, const auto& yv) {
                          spmv(where, a, array_view(xv.data(), xv.rows()), array_view(yv.data(), yv.rows()));
                        });
  const auto tokens = random_tokens<T>(t, w.cols(), seed + 2);
  check_product<T, row_major, row_major>("linear", tokens, oracle::linear(w, tokens), gap,
                                         [&](const auto& xv, const auto& yv) { linear(where, a, xv, yv); });
}

template <class T>
matrix<T> as_matrix_of(const matrix<float>& w) {
  matrix<T> m(w.rows(), w.cols());
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t j = 0; j < w.cols(); ++j) m(i, j) = static_cast<T>(w(i, j));
  return m;
}

template <codec C, layouts Layouts, pattern P>
void check_codec(const tight_sparse<P>& a, const matrix<float>& w, turns& turn, std::uint64_t seed) {
  CAPTURE(codec_of<C>::name);
  const auto values = a.template values<C>();
  const auto view = a.template view<C>(values);
  const auto same = as_matrix_of<value_t<C>>(w);
  check_verbs<Layouts>(exec<>{}, "native", view, same, turn, seed);
#ifndef LACUNA_TEST_NATIVE_ONLY
  check_verbs<Layouts>(exec<serial, scalar>{}, "scalar", view, same, turn, seed);
#endif
  turn.next();
}

/// f(w, seed) for every shape and filling of make(rows, cols, seed), which P can hold.
template <pattern P, class Make, class F>
void for_each_filling_of(std::uint64_t seed, const Make& make, F&& f) {
  for (const shape s : product_shapes())
    for (const filling how : fillings()) {
      if (how != filling::as_is && s.rows * s.cols > 4096) continue;
      ++seed;
      CAPTURE(P::name(), s.rows, s.cols, text(how), seed);
      f(filled(
            make(s.rows, s.cols, seed), how, !requires { P::M; }),
        seed);
    }
}

/// f(tight matrix, its dense twin, seed).
template <pattern P, class F>
void for_each_filling(F&& f) {
  for_each_filling_of<P>(
      2024,
      [](index_t rows, index_t cols, std::uint64_t seed) { return random_for<P>(rows, cols, 0.3, seed); },
      [&](const matrix<float>& w, std::uint64_t seed) { f(tight_sparse<P>(w), w, seed); });
}

/// The suite for one pattern in some codecs; float in `Layouts`, the others in two.
template <pattern P, layouts Layouts, codec... Codecs>
void check_pattern() {
  turns turn;
  for_each_filling<P>([&](const tight_sparse<P>& a, const matrix<float>& w, std::uint64_t seed) {
    (check_codec < Codecs, std::is_same_v<Codecs, float> ? Layouts : layouts::both > (a, w, turn, seed), ...);
  });
}

/// Narrow values in patterns whose kernel is another's: bf16 under one half of the instruction sets, f16
/// under the other. One pattern of each kernel has all codecs everywhere.
using narrow = std::conditional_t<simd::best::lanes == 4 || LACUNA_AVX512_VBMI2, bf16, f16>;

template <pattern P>
void check_in_all_codecs() {
  check_pattern<P, layouts::all_four, float, bf16, f16>();
}
template <pattern P>
void check_in_two_codecs() {
  check_pattern<P, layouts::both, float, narrow>();
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
