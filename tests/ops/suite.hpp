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
  for (const shape s : {shape{3, 255}, shape{2, 257}, shape{2, 1111}, shape{5, 512}, shape{37, 19},
                        shape{261, 35}})
    all.push_back(s);
  return all;
}

/// Goes round the token counts and the gaps.
class turns {
 public:
  index_t tokens() {
    static constexpr index_t counts[] = {1, 2, 3, 5, 7, 8, 9, 16, 17, 33, 65, 130};
    return counts[turn_++ % 12];
  }
  index_t gap() { return turn_++ % 3 == 0 ? 3 : 0; }

 private:
  index_t turn_ = 0;
};

template <class T>
matrix<T> random_tokens(index_t rows, index_t cols, std::uint64_t seed) {
  return random_matrix<T>(rows, cols, 1, seed, [](random_source& r) { return r.any(); });
}

template <class Layout, class T>
const char* layout_text(matrix_view<T, Layout>) {
  return is_row_major<Layout> ? "rows" : "columns";
}

/// What went wrong, with how to find it again; "" when nothing did.
template <class T, class Layout>
std::string verdict(const tight_matrix<T, Layout>& y, const expectation& want, const std::string& what) {
  const std::string missed = misses(y.view(), want);
  if (!missed.empty()) return what + " " + missed;
  return y.gaps_intact() ? "" : what + " wrote between the lines of Y";
}

/// call(x, y) must turn x into `want`, with X and Y laid out so.
template <class XLayout, class YLayout, class T, class Call>
std::string try_layouts(const matrix<T>& from, const expectation& want, index_t gap, const char* what,
                        const Call& call) {
  const tight_matrix<T, XLayout> x(from, gap);
  tight_matrix<T, YLayout> y(want.rows(), want.cols(), gap);
  call(x.view(), y.view());
  return verdict(y, want,
                 std::string(what) + ", X by " + layout_text(x.view()) + ", Y by " + layout_text(y.view()) +
                     ", " + shape_text(from.rows(), from.cols()) + ", gap " + std::to_string(gap));
}

/// spmm with the layouts that linear and spmv leave out.
template <layouts Layouts, class Exec, class A, class T>
void check_spmm(const Exec& where, const A& a, const matrix<T>& x, const expectation& want, index_t gap,
                const char* what) {
  const auto call = [&](auto xv, auto yv) { spmm(where, a, xv, yv); };
  CHECK(try_layouts<row_major, row_major>(x, want, gap, what, call) == "");
  CHECK(try_layouts<col_major, col_major>(x, want, gap, what, call) == "");
  if constexpr (Layouts == layouts::all_four) {
    CHECK(try_layouts<row_major, col_major>(x, want, gap, what, call) == "");
    CHECK(try_layouts<col_major, row_major>(x, want, gap, what, call) == "");
  }
}

template <class Exec, class A, class T>
void check_spmv(const Exec& where, const A& a, const matrix<T>& w, const matrix<T>& x, const char* what) {
  const tight<T> xv(array_view<const T>(x.data(), x.rows() * x.cols()));
  tight_matrix<T, col_major> y(w.rows(), 1, 0);
  spmv(where, a, xv, array_view<T>(y.view().data(), w.rows()));
  CHECK(verdict(y, oracle::spmv(w, xv), std::string("spmv ") + what) == "");
}

template <class Exec, class A, class T>
void check_linear(const Exec& where, const A& a, const matrix<T>& w, const matrix<T>& x, index_t gap,
                  const char* what) {
  const auto call = [&](auto xv, auto yv) { linear(where, a, xv, yv); };
  CHECK(try_layouts<row_major, row_major>(x, oracle::linear(w, x), gap, what, call) == "");
}

/// All verbs for one matrix: `a` is `w` in some pattern and codec.
template <layouts Layouts, class T, class A>
void check_verbs(const A& a, const matrix<T>& w, turns& turn, std::uint64_t seed) {
  const exec<> best;
  const exec<serial, scalar> plain;
  const index_t n = turn.tokens(), t = turn.tokens(), gap = turn.gap();
  const auto x = random_tokens<T>(w.cols(), n, seed);
  const auto want = oracle::spmm(w, x);
  check_spmm<Layouts>(best, a, x, want, gap, "spmm native");
  check_spmm<Layouts>(plain, a, x, want, gap, "spmm scalar");
  const auto vector = random_tokens<T>(w.cols(), 1, seed + 1);
  check_spmv(best, a, w, vector, "native");
  check_spmv(plain, a, w, vector, "scalar");
  const auto tokens = random_tokens<T>(t, w.cols(), seed + 2);
  check_linear(best, a, w, tokens, gap, "linear native");
  check_linear(plain, a, w, tokens, gap, "linear scalar");
}

template <codec C, layouts Layouts, pattern P>
void check_codec(const tight_sparse<P>& a, const matrix<float>& w, turns& turn, std::uint64_t seed) {
  using T = value_t<C>;
  CAPTURE(codec_of<C>::name);
  const auto values = a.template values<C>();
  if constexpr (std::is_same_v<T, float>) {
    check_verbs<Layouts>(a.template view<C>(values), w, turn, seed);
  } else {
    const tight_matrix<T, row_major> wide(w, 0);
    matrix<T> exact(w.rows(), w.cols());
    for (index_t i = 0; i < w.rows(); ++i)
      for (index_t j = 0; j < w.cols(); ++j) exact(i, j) = static_cast<T>(w(i, j));
    check_verbs<Layouts>(a.template view<C>(values), exact, turn, seed);
  }
}

/// f(tight matrix, its dense twin, seed) for every shape and filling that P can hold.
template <pattern P, class F>
void for_each_filling(F&& f) {
  std::uint64_t seed = 2024;
  for (const shape s : product_shapes())
    for (const filling how : fillings()) {
      if (how != filling::as_is && s.rows * s.cols > 4096) continue;
      CAPTURE(P::name(), s.rows, s.cols, text(how), ++seed);
      const auto w = filled(random_for<P>(s.rows, s.cols, 0.3, seed), how, !requires { P::M; });
      f(tight_sparse<P>(w), w, seed);
    }
}

/// The whole suite for one pattern: float in all layouts, the narrow codecs in two.
template <pattern P>
void check_pattern() {
  turns turn;
  for_each_filling<P>([&](const tight_sparse<P>& a, const matrix<float>& w, std::uint64_t seed) {
    check_codec<float, layouts::all_four>(a, w, turn, seed);
    check_codec<bf16, layouts::both>(a, w, turn, seed);
    check_codec<f16, layouts::both>(a, w, turn, seed);
  });
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
