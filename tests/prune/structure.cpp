// SPDX-License-Identifier: BSL-1.0
// Groups and blocks: the structure holds, the choice is that of a full sort, and order within M does not
// matter.
#include <cmath>

#include "prune/oracle.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

const auto score_of = [](const matrix<float>& w) {
  return [&w](index_t i, index_t j) { return std::fabs(static_cast<double>(w(i, j))); };
};

template <class P>
matrix<float> best_groups(const matrix<float>& w) {
  std::vector<test::scored_position> kept;
  for (index_t i = 0; i < w.rows(); ++i)
    for (index_t j = 0; j < w.cols(); j += P::M) {
      const index_t end = std::min<index_t>(j + P::M, w.cols()), n = std::min<index_t>(P::N, end - j);
      for (const auto& p : test::k_largest(test::positions_of(i, i + 1, j, end, score_of(w)), n))
        kept.push_back(p);
    }
  return test::marks(w.rows(), w.cols(), kept);
}

template <int R, int C>
matrix<float> best_blocks(const matrix<float>& w, double fraction) {
  std::vector<test::scored_position> blocks;
  for (index_t i = 0; i < w.rows(); i += R)
    for (index_t j = 0; j < w.cols(); j += C) {
      double sum = 0;
      for (const auto& p : test::positions_of(i, std::min<index_t>(i + R, w.rows()), j,
                                              std::min<index_t>(j + C, w.cols()), score_of(w)))
        sum += p.score;
      blocks.push_back({sum, i, j});
    }
  const auto k = std::floor(fraction * static_cast<double>(blocks.size()) + 0.5);
  matrix<float> m(w.rows(), w.cols());
  for (const auto& b : test::k_largest(blocks, static_cast<index_t>(k)))
    for (index_t i = b.row; i < std::min<index_t>(b.row + R, w.rows()); ++i)
      for (index_t j = b.col; j < std::min<index_t>(b.col + C, w.cols()); ++j) m(i, j) = 1;
  return m;
}

template <int R, int C>
void check_blocks(bool ties) {
  for (const test::shape s : test::shapes()) {
    // Eighths of whole numbers add up exactly, so equal sums are equal in any order.
    auto w = test::random_matrix(s.rows, s.cols, 1, 61);
    if (ties) w = test::weights(s.rows, s.cols, true, 61);
    for (const double f : {0.0, 0.1, 0.25, 0.5, 0.9, 1.0}) {
      const auto want = best_blocks<R, C>(w, f);
      test::for_each_layout(w, [&](auto v, const char* how) {
        CAPTURE(R, C, s.rows, s.cols, f, ties, how);
        const position_mask kept = prune(v, keep::blocks<R, C>{f});
        CHECK(test::difference(decode(kept), want) == "");
      });
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("groups keep the N largest of every M", "[prune]", (nm<2, 4>), (nm<1, 4>), (nm<4, 8>),
                   (nm<1, 16>), (nm<3, 7>), (nm<33, 64>), (nm<4, 4>), (nm<1, 1>)) {
  const bool ties = GENERATE(false, true);
  for (const test::shape s : test::shapes()) {
    const auto w = test::weights(s.rows, s.cols, ties, 62);
    const auto want = best_groups<TestType>(w);
    test::for_each_layout(w, [&](auto v, const char* how) {
      CAPTURE(TestType::name(), s.rows, s.cols, ties, how);
      const position_mask kept = prune(v, keep::groups<TestType>{});
      CHECK(test::difference(decode(kept), want) == "");
    });
    const auto a = sparsify<TestType, float>(w);  // which therefore fits its pattern
    CHECK(a.nnz() == s.rows * TestType::row_slots(s.cols));
    CHECK(find_defect(a) == "");
  }
}

TEST_CASE("permuting the columns of a group permutes what it keeps", "[prune]") {
  const auto w = test::weights(16, 64, false, 63);
  matrix<float> turned(16, 64), back(16, 64);
  const auto turn = [](index_t j) { return j / 8 * 8 + (j * 5 + 3) % 8; };
  for (index_t i = 0; i < 16; ++i)
    for (index_t j = 0; j < 64; ++j) turned(i, turn(j)) = w(i, j);
  const auto kept = decode(prune(turned, keep::groups<nm<3, 8>>{}));
  for (index_t i = 0; i < 16; ++i)
    for (index_t j = 0; j < 64; ++j) back(i, j) = kept(i, turn(j));
  CHECK(test::difference(back, decode(prune(w, keep::groups<nm<3, 8>>{}))) == "");
}

TEST_CASE("blocks keep the largest sums, whole", "[prune]") {
  const bool ties = GENERATE(false, true);
  check_blocks<4, 4>(ties);
  check_blocks<16, 1>(ties);
  check_blocks<1, 16>(ties);
  check_blocks<3, 5>(ties);
  check_blocks<1, 1>(ties);
  check_blocks<200, 300>(ties);
}

TEST_CASE("kept blocks are the blocks that bsr stores", "[prune]") {
  const auto w = test::weights(64, 64, false, 64);
  const auto a = sparsify<bsr<4, 4>, float>(w, keep::blocks<4, 4>{0.1});
  CHECK(a.where().col_idx.size() == 26);  // of 256
  CHECK(a.nnz() == 26 * 16);
}

TEST_CASE("sparsify is prune and encode", "[prune]") {
  const auto w = test::weights(33, 70, true, 65);
  const keep::fraction half{0.5};
  const auto by_hand = encode<csr, bf16>(w, prune(w, half));
  const auto at_once = sparsify<csr, bf16>(w, half);
  CHECK(at_once.nnz() == 1155);  // kept zeros are stored: the count is exact
  CHECK(at_once.nnz() == by_hand.nnz());
  CHECK(test::difference(decode(at_once), decode(by_hand)) == "");
  const auto whole = sparsify<dense, float>(w, keep::fraction{1});
  CHECK(test::difference(decode(whole), w) == "");
  CHECK(test::refusal([&] { sparsify<nm<2, 4>, bf16>(w, keep::fraction{0.9}); }).find("pattern: nm<2,4>: ") ==
        0);
}
