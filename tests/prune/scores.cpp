// SPDX-License-Identifier: BSL-1.0
// Scores: magnitude, Wanda against brute force, a score and a keep from outside, weights of every type.
#include <cmath>

#include "prune/oracle.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

/// ||X_j||_2, one column after the other.
std::vector<double> brute_norms(const matrix<float>& x) {
  std::vector<double> norms;
  for (index_t j = 0; j < x.cols(); ++j) {
    double sum = 0;
    for (index_t t = 0; t < x.rows(); ++t) sum += static_cast<double>(x(t, j)) * static_cast<double>(x(t, j));
    norms.push_back(std::sqrt(sum));
  }
  return norms;
}

}  // namespace

TEST_CASE("activation norms are the L2 norms of the columns, in any layout", "[prune]") {
  for (const test::shape s : test::shapes()) {
    const auto x = test::weights(s.rows, s.cols, false, 71);
    const auto want = brute_norms(x);
    test::for_each_layout(x, [&](auto v, const char* how) {
      const auto norms = activation_norms(v);
      REQUIRE(norms.size() == s.cols);
      double worst = 0;
      for (index_t j = 0; j < s.cols; ++j) {
        const double n = want[static_cast<std::size_t>(j)];
        worst = std::max(worst, std::fabs(static_cast<double>(norms[j]) - n) / std::max(n, 1e-30));
      }
      CAPTURE(s.rows, s.cols, how);
      CHECK(worst <= 0x1p-24);  // one rounding to float; the double sums are the same sums
    });
  }
  matrix<float> large(2, 1);
  large(0, 0) = 3e30f, large(1, 0) = 4e30f;
  CHECK(activation_norms(large)[0] == 5e30f);  // squares beyond float's range
  matrix<bf16> half(2, 1);
  half(0, 0) = bf16(3.0f), half(1, 0) = bf16(4.0f);
  CHECK(activation_norms(half)[0] == 5);
}

TEST_CASE("Wanda is |W_ij| * ||X_j||", "[prune]") {
  for (const test::shape s : test::shapes()) {
    const auto w = test::weights(s.rows, s.cols, false, 72);
    const auto x = test::weights(11, s.cols, false, 73);
    const auto norms = activation_norms(x);
    const auto score = [&](index_t i, index_t j) {
      return std::fabs(static_cast<double>(w(i, j)) * static_cast<double>(norms[j]));
    };
    std::vector<test::scored_position> by_row;
    const index_t k = (s.cols + 1) / 2;
    for (index_t i = 0; i < s.rows; ++i)
      for (const auto& p : test::k_largest(test::positions_of(i, i + 1, 0, s.cols, score), k))
        by_row.push_back(p);
    const auto all = test::k_largest(test::positions_of(0, s.rows, 0, s.cols, score), s.rows * s.cols / 3);
    test::for_each_layout(w, [&](auto v, const char* how) {
      CAPTURE(s.rows, s.cols, how);
      CHECK(test::difference(decode(prune(v, keep::per_row{0.5}, score::wanda{norms})),
                             test::marks(s.rows, s.cols, by_row)) == "");
      CHECK(test::difference(decode(prune(v, keep::count{s.rows * s.cols / 3}, score::wanda{norms})),
                             test::marks(s.rows, s.cols, all)) == "");
    });
  }
}

TEST_CASE("Wanda with equal norms is magnitude, ties too", "[prune]") {
  const auto w = test::weights(33, 70, GENERATE(false, true), 74);
  const std::vector<float> norms(70, 0.3f);
  const auto same = [&](const auto& keep) {
    return test::difference(decode(prune(w, keep, score::wanda{norms})), decode(prune(w, keep)));
  };
  CHECK(same(keep::fraction{0.37}) == "");
  CHECK(same(keep::per_row{0.37}) == "");
  CHECK(same(keep::groups<nm<2, 4>>{}) == "");
}

TEST_CASE("Wanda wants one norm per column", "[prune]") {
  const matrix<float> w(3, 5);
  const std::vector<float> norms(4);
  CHECK(test::refusal([&] { prune(w, keep::per_row{0.5}, score::wanda{norms}); }) ==
        "shape: score::wanda: need one norm per column; got 4 norms for 5 columns");
}

TEST_CASE("weights of every type are pruned alike", "[prune]") {
  const auto w = test::random_matrix(20, 70, 1, 75);
  const auto want = decode(prune(w, keep::fraction{0.4}));
  const auto as = [&](auto zero) {
    using T = decltype(zero);
    matrix<T> m(20, 70);
    for (index_t i = 0; i < 20; ++i)
      for (index_t j = 0; j < 70; ++j) m(i, j) = T(w(i, j));
    return test::difference(decode(prune(m, keep::fraction{0.4})), want);
  };
  CHECK(as(double{}) == "");
  CHECK(as(bf16{}) == "");
  CHECK(as(f16{}) == "");
  matrix<double> close(1, 2);  // equal as floats, not as doubles
  close(0, 0) = 1, close(0, 1) = 1 + 1e-12;
  CHECK(decode(prune(close, keep::count{1}))(0, 1) == 1);
}

TEST_CASE("a score is any callable, of either sign", "[prune]") {
  const auto w = test::weights(9, 20, false, 76);
  const auto late = [](auto, index_t i, index_t j) { return static_cast<double>(i * 100 + j) - 500; };
  const auto kept = decode(prune(w, keep::count{3}, late));
  CHECK(kept(8, 17) + kept(8, 18) + kept(8, 19) == 3);
  const auto least = prune(w, keep::count{40}, [](float v, index_t, index_t) { return -std::fabs(v); });
  const auto largest = prune(w, keep::count{140});
  CHECK(least.nnz() + largest.nnz() == 180);
  index_t both = 0;
  const auto a = decode(least), b = decode(largest);
  for (index_t i = 0; i < 9; ++i)
    for (index_t j = 0; j < 20; ++j) both += a(i, j) + b(i, j) != 1;
  CHECK(both == 0);
}

namespace {
/// A keep from outside: everything above a threshold, and the diagonal.
struct above {
  double threshold;
  template <class Scores, class Take>
  void select(const Scores& scores, Take take) const {
    scores.for_each_row([&](index_t i, const auto* row) {
      for (index_t j = 0; j < scores.cols(); ++j)
        if (row[j] > threshold) take(i, j);
      if (i < scores.cols()) take(i, i);
    });
  }
};
}  // namespace

TEST_CASE("a keep is any type with select", "[prune]") {
  const auto w = test::weights(20, 70, false, 77);
  const position_mask kept = prune(w, above{0.5});
  CHECK(find_defect(kept) == "");
  const auto m = decode(kept);
  index_t wrong = 0;
  for (index_t i = 0; i < 20; ++i)
    for (index_t j = 0; j < 70; ++j) wrong += (m(i, j) != 0) != (std::fabs(w(i, j)) > 0.5f || i == j);
  CHECK(wrong == 0);
  CHECK(sparsify<csr, float>(w, above{0.5}).nnz() == kept.nnz());
}

TEST_CASE("nothing to prune is nothing kept", "[prune]") {
  for (const test::shape s : {test::shape{0, 0}, test::shape{0, 7}, test::shape{7, 0}}) {
    const matrix<float> w(s.rows, s.cols);
    const std::vector<float> norms(static_cast<std::size_t>(s.cols));
    for (const position_mask& kept :
         {prune(w, keep::fraction{0.5}), prune(w, keep::count{0}), prune(w, keep::per_row{1}),
          prune(w, keep::groups<nm<2, 4>>{}), prune(w, keep::blocks<4, 4>{0.5}),
          prune(w, keep::fraction{1}, score::wanda{norms})}) {
      CHECK(kept.rows() == s.rows);
      CHECK(kept.cols() == s.cols);
      CHECK(kept.nnz() == 0);
      CHECK(find_defect(kept) == "");
    }
  }
}
