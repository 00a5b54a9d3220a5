// SPDX-License-Identifier: BSL-1.0
// The scores-only pass against weights in double: every reduction, any rows, any mask, groups, folds.
#include "attention/sampled.hpp"

#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using test::approx;
using test::attention_shape;
using test::expectation;
using rows_t = array_view<const index_t>;

constexpr attention_shape shapes[] = {{1, 1, 1, 1, 16},   {2, 1, 40, 130, 64}, {4, 2, 150, 150, 20},
                                      {2, 2, 65, 193, 8}, {1, 1, 17, 5, 33},   {3, 1, 0, 9, 16}};

buffer<index_t> some_rows(index_t n, int kind) {
  return kind == 0 ? rows::all(n) : kind == 1 ? rows::every_nth(n, 7) : rows::tails(n, 3, 20);
}
/// What the reductions must be, from the weights.
expectation columns_of(const expectation& p, index_t rows, index_t each) {
  expectation t(rows > 0 ? p.rows() / rows / each : 0, p.cols());
  for (index_t r = 0; r < p.rows(); ++r)
    for (index_t k = 0; k < p.cols(); ++k) add(t(r / rows / each, k), p(r, k), rows * each + 16);
  return t;
}
expectation slashes_of(const expectation& p, rows_t rows, index_t offset, index_t each) {
  expectation t(p.rows() / rows.size() / each, p.cols());
  for (index_t r = 0; r < p.rows(); ++r)
    for (index_t k = 0; k < p.cols(); ++k)
      if (const index_t d = rows[r % rows.size()] + offset - k; d >= 0 && d < p.cols())
        add(t(r / rows.size() / each, d), p(r, k), rows.size() * each + 16);
  return t;
}
template <class Op>
expectation units_of(const expectation& p, index_t rows, index_t each, const sums::in_units<Op>& s,
                     bool peak) {
  expectation t(p.rows() / each, s.to.cols());
  expectation heads(p.rows() / each, p.cols());  // the group's weights, summed
  for (index_t r = 0; r < p.rows(); ++r)
    for (index_t k = 0; k < p.cols(); ++k) add(heads(r / rows / each * rows + r % rows, k), p(r, k), each);
  for (index_t r = 0; r < t.rows(); ++r)
    for (index_t u = 0; u < t.cols(); ++u)
      for (index_t i = 0; i < s.keys(); ++i) {
        const index_t k = u * s.stride + s.first + i;
        if (k < 0 || k >= p.cols()) continue;
        approx x = heads(r, k);
        if (s.weights.size() > 0) x.value *= double(s.weights[i]), x.error *= double(s.weights[i]);
        if (!peak) add(t(r, u), x, s.keys() + 2);
        if (peak) t(r, u).value = std::max(t(r, u).value, x.value);
        if (peak) t(r, u).error = std::max(t(r, u).error, x.error);
      }
  return t;
}

template <class Product, class Case>
void check(const Case& c, rows_t list, const test::modelled& m, share together) {
  const auto n = c.n;
  const index_t each = together == share::group ? n.heads / n.kv_heads : 1, lists = n.heads / each;
  const auto p = test::weights_of(
      c.Q(), c.K(), list, [&](index_t, index_t q, index_t k) { return m.want(q, k); },
      std::is_same_v<Product, bf16>);
  matrix<float> columns(lists, n.nk), slashes(lists, n.nk), units(lists * list.size(), (n.nk + 15) / 16),
      peaks(lists * list.size(), (n.nk + 3) / 4);
  const float pool[] = {1, 2, 2, 2, 1};
  const sums::units in_units{units.view(), 16};
  const sums::peaks in_peaks{peaks.view(), 4, 5, -1, {pool, 5}};
  sample_scores(c.Q(), c.K(), list, m.mask, sample_options<Product>{.share = together},
                sums::columns{columns.view()}, sums::slashes{slashes.view()}, in_units, in_peaks);
  if (list.size() == 0) return;
  CHECK(test::misses(columns, columns_of(p, list.size(), each)) == "");
  CHECK(test::misses(slashes, slashes_of(p, list, n.nk - n.nq, each)) == "");
  CHECK(test::misses(units, units_of(p, list.size(), each, in_units, false)) == "");
  CHECK(test::misses(peaks, units_of(p, list.size(), each, in_peaks, true)) == "");
}

TEMPLATE_TEST_CASE("sampled rows give the sums of their weights " LACUNA_TEST_ISA, "[attention]", float,
                   bf16) {
  LACUNA_REQUIRE_ISA();
  std::uint64_t seed = 0;
  for (const attention_shape n : shapes)
    for (int kind = 0; kind < 3; ++kind) {
      ++seed;
      const test::mask_lists lists(seed, 320);
      test::random_source random(seed);
      const auto causal =
          test::modelled{"causal", mask::causal{}, [](index_t q, index_t k) { return k <= q; }};
      const test::modelled m = kind != 1 ? causal : test::random_mask(random, lists, n.nk, kind);
      const auto list = some_rows(n.nq, kind);
      CAPTURE(seed, n.heads, n.nq, n.nk, n.dim, m.name);
      const auto together = seed % 2 == 0 ? share::group : share::head;
      check<TestType>(test::attention_case<float>(n, seed, index_t(seed % 3)), list, m, together);
    }
}

TEST_CASE("rows of 16-bit tensors are sampled as their floats " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const auto causal = test::modelled{"causal", mask::causal{}, [](index_t q, index_t k) { return k <= q; }};
  const auto list = rows::tails(90, 4, 9);
  check<float>(test::attention_case<bf16>({4, 2, 90, 100, 24}, 3, 2), list, causal, share::head);
}

TEST_CASE("a fold sums antidiagonals of scores " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  for (const index_t dim : {8, 12, 16})
    for (const index_t fold : {2, 4, 8}) {
      CAPTURE(dim, fold);
      const test::attention_case<float> c({2, 1, 203, 210, dim}, 7, 1);
      const auto list = rows::all(203 / fold);
      matrix<float> units(2 * list.size(), (210 / fold + 3) / 4);
      const sums::units blocks{units.view(), 4};
      sample_scores(c.Q(), c.K(), rows_t(list), test::any_mask(mask::causal{}),
                    sample_options<>{.fold = fold}, blocks);
      const auto p = test::weights_of(
          c.Q(), c.K(), list, [&](index_t, index_t q, index_t k) { return k <= q; }, false, fold);
      CHECK(test::misses(units, units_of(p, list.size(), 1, blocks, false)) == "");
    }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
