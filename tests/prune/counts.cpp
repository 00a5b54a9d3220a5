// SPDX-License-Identifier: BSL-1.0
// Fractions become exact counts, ties or not, and the choice is the one that a full sort makes.
#include <cmath>

#include "prune/oracle.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;
using test::refusal;

namespace {

const double fractions[] = {0, 1e-9, 0.05, 0.1, 0.25, 1.0 / 3, 0.5, 0.7, 0.9, 0.999, 1};

index_t rounded(double fraction, index_t total) {
  return static_cast<index_t>(std::floor(fraction * static_cast<double>(total) + 0.5));
}

index_t row_count(const position_mask& kept, index_t i) {
  index_t n = 0;
  kept.view().visit_row(i, [&](index_t, float) { ++n; });
  return n;
}

const auto score_of = [](const matrix<float>& w) {
  return [&w](index_t i, index_t j) { return std::fabs(static_cast<double>(w(i, j))); };
};

}  // namespace

TEST_CASE("fraction keeps the rounded count of the largest, in any layout", "[prune]") {
  const bool ties = GENERATE(false, true);
  for (const test::shape s : test::shapes()) {
    const auto w = test::weights(s.rows, s.cols, ties, 51);
    const auto all = test::positions_of(0, s.rows, 0, s.cols, score_of(w));
    for (const double f : fractions) {
      const index_t k = rounded(f, s.rows * s.cols);
      const auto want = test::marks(s.rows, s.cols, test::k_largest(all, k));
      test::for_each_layout(w, [&](auto v, const char* how) {
        CAPTURE(s.rows, s.cols, f, ties, how);
        const position_mask kept = prune(v, keep::fraction{f});
        CHECK(kept.nnz() == k);
        CHECK(find_defect(kept) == "");
        CHECK(test::difference(decode(kept), want) == "");
      });
      CHECK(test::difference(decode(prune(w, keep::count{k})), want) == "");
    }
  }
}

TEST_CASE("per_row keeps the rounded count of every row", "[prune]") {
  const bool ties = GENERATE(false, true);
  for (const test::shape s : test::shapes()) {
    const auto w = test::weights(s.rows, s.cols, ties, 52);
    for (const double f : fractions) {
      const index_t k = rounded(f, s.cols);
      std::vector<test::scored_position> want;
      for (index_t i = 0; i < s.rows; ++i)
        for (const auto& p : test::k_largest(test::positions_of(i, i + 1, 0, s.cols, score_of(w)), k))
          want.push_back(p);
      test::for_each_layout(w, [&](auto v, const char* how) {
        const position_mask kept = prune(v, keep::per_row{f});
        index_t other_rows = 0;
        for (index_t i = 0; i < s.rows; ++i) other_rows += row_count(kept, i) != k;
        CAPTURE(s.rows, s.cols, f, ties, how);
        CHECK(other_rows == 0);
        CHECK(test::difference(decode(kept), test::marks(s.rows, s.cols, want)) == "");
      });
    }
  }
}

TEST_CASE("whatever is kept scores no less than whatever is dropped", "[prune]") {
  const auto w = test::weights(40, 70, GENERATE(false, true), 53);
  for (const double f : fractions) {
    const auto kept = decode(prune(w, keep::fraction{f}));
    float least_kept = HUGE_VALF, most_dropped = -1;
    for (index_t i = 0; i < w.rows(); ++i)
      for (index_t j = 0; j < w.cols(); ++j) {
        float& side = kept(i, j) != 0 ? least_kept : most_dropped;
        side = kept(i, j) != 0 ? std::min(side, std::fabs(w(i, j))) : std::max(side, std::fabs(w(i, j)));
      }
    CAPTURE(f);
    CHECK(least_kept >= most_dropped);
  }
}

TEST_CASE("all scores equal: the lowest positions are kept, exactly as many as asked", "[prune]") {
  for (const float value : {0.0f, -0.0f, 1.0f, -3.5f}) {
    matrix<float> w(7, 13);
    for (index_t i = 0; i < 7; ++i)
      for (index_t j = 0; j < 13; ++j) w(i, j) = (i + j) % 2 == 0 ? value : -value;
    for (index_t k = 0; k <= 91; ++k) {
      const auto kept = decode(prune(w, keep::count{k}));
      index_t wrong = 0;
      for (index_t p = 0; p < 91; ++p) wrong += (kept(p / 13, p % 13) != 0) != (p < k);
      CAPTURE(value, k);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("halves round up", "[prune]") {
  const matrix<float> w(3, 5);
  CHECK(prune(w, keep::fraction{0.5}).nnz() == 8);
  CHECK(prune(w, keep::per_row{0.5}).nnz() == 9);
  CHECK(prune(w, keep::per_row{0.1}).nnz() == 3);
  CHECK(prune(w, keep::blocks<2, 3>{0.125}).nnz() == 6);
}

TEST_CASE("a NaN or infinite weight is kept first", "[prune]") {
  auto w = test::weights(9, 20, false, 54);
  w(8, 3) = std::nanf("");
  w(8, 19) = -HUGE_VALF;
  const auto two = decode(prune(w, keep::count{2}));
  CHECK(two(8, 3) == 1);
  CHECK(two(8, 19) == 1);
  CHECK(decode(prune(w, keep::count{1}))(8, 3) == 1);  // they tie, so the lower column goes first
  CHECK(decode(prune(w, keep::per_row{0.05}))(8, 3) == 1);
  CHECK(decode(prune(w, keep::groups<nm<1, 4>>{}))(8, 3) == 1);
  CHECK(decode(prune(w, keep::blocks<2, 2>{0.05}))(8, 3) == 1);
  matrix<float> all(3, 4);
  for (index_t i = 0; i < 3; ++i)
    for (index_t j = 0; j < 4; ++j) all(i, j) = std::nanf("");
  CHECK(prune(all, keep::fraction{0.5}).nnz() == 6);
}

TEST_CASE("an amount out of range is refused", "[prune]") {
  const matrix<float> w(3, 5);
  CHECK(refusal([&] { prune(w, keep::fraction{1.5}); }) ==
        "argument: keep::fraction: need 0 <= fraction <= 1; got 1.5");
  CHECK(refusal([&] { prune(w, keep::fraction{std::nan("")}); }) ==
        "argument: keep::fraction: need 0 <= fraction <= 1; got nan");
  CHECK(refusal([&] { prune(w, keep::per_row{-0.25}); }) ==
        "argument: keep::per_row: need 0 <= fraction <= 1; got -0.25");
  CHECK(refusal([&] { prune(w, keep::blocks<4, 4>{2}); }) ==
        "argument: keep::blocks: need 0 <= fraction <= 1; got 2");
  CHECK(refusal([&] { prune(w, keep::count{16}); }) ==
        "argument: keep::count: need 0 <= count <= 15; got 16");
  CHECK(refusal([&] { prune(w, keep::count{-1}); }) ==
        "argument: keep::count: need 0 <= count <= 15; got -1");
  CHECK(refusal([&] { prune(matrix<float>(), keep::fraction{2}); }) !=
        "nothing");  // nothing to keep, still wrong
}
