// SPDX-License-Identifier: BSL-1.0
// Flat pieces: rows of very different lengths, cut anywhere; the same bits for any number of threads.
#include "ops/integer.hpp"
#include "support/pool.hpp"

using namespace lacuna;

namespace {

/// Row i keeps about cols / (1 + i) values; every fifth row none, and one row all.
matrix<float> zipf_rows(index_t rows, index_t cols, std::uint64_t seed) {
  test::random_source random(seed);
  matrix<float> w(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t k = 0; k < cols; ++k)
      if (i % 5 != 3 && (i == 1 || random.below(1 + i) == 0)) w(i, k) = random.any();
  return w;
}

/// Rows as lengths of a list, and what a piece sums: unit u counts u + 1 for column 0, 1 for column 1.
void check_cut(const std::vector<std::int64_t>& ptr, index_t each, index_t most) {
  const auto rows = static_cast<index_t>(ptr.size()) - 1;
  const flat_cut cut(ptr.data(), rows, each, most);
  CAPTURE(rows, ptr.back(), each, most, cut.pieces());
  REQUIRE(cut.pieces() <= std::max<index_t>(most, 1));
  std::vector<float> partial(static_cast<std::size_t>(flat_floats(cut, 2)));
  std::vector<int> seen(static_cast<std::size_t>(rows));
  index_t units = 0;
  run_flat(
      serial{}, cut, 2, true, partial.data(),
      [&](const auto& piece, index_t, const auto& done) {
        for (index_t m = piece.row; m < piece.end; ++m) {
          float sums[2] = {};
          for (index_t u = piece.start(m); u < piece.stop(m); ++u)
            sums[0] += static_cast<float>(u + 1), sums[1] += 1, ++units;
          done(m, index_t{1}, sums, index_t{2});
        }
      },
      [&](index_t m, index_t n, const float* from, index_t stride) {
        for (index_t i = 0; i < n; ++i, ++m, from += stride) {
          ++seen[static_cast<std::size_t>(m)];
          const index_t first = ptr[static_cast<std::size_t>(m)], last = ptr[static_cast<std::size_t>(m) + 1];
          CHECK(from[0] == static_cast<float>((last * (last + 1) - first * (first + 1)) / 2));
          CHECK(from[1] == static_cast<float>(last - first));
        }
      });
  CHECK(units == ptr.back());
  CHECK(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
}

}  // namespace

TEST_CASE("flat pieces hold every unit and put every row once " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const std::vector<std::vector<std::int64_t>> lists = {{0},
                                                        {0, 0},
                                                        {0, 5},
                                                        {0, 0, 0, 0},
                                                        {0, 100},
                                                        {0, 0, 100, 100, 100},
                                                        {0, 3, 3, 50, 51, 51, 64, 64},
                                                        {0, 10, 20, 30, 40},
                                                        {0, 1, 2, 3, 90, 91, 92}};
  for (const auto& ptr : lists)
    for (const index_t each : {1, 3, 10, 64, 1000})
      for (const index_t most : {1, 4, 200}) check_cut(ptr, each, most);
}

TEMPLATE_TEST_CASE("rows cut by flat pieces add up, for any number of threads " LACUNA_TEST_ISA, "[ops]",
                   (int4<16>), (int8<16>)) {
  LACUNA_REQUIRE_ISA();
  constexpr index_t rows = 61, cols = 40000;  // pieces of 1024 blocks: the long row is cut
  const auto a = encode<bsr<1, 16>, TestType>(zipf_rows(rows, cols, 3));
  REQUIRE(a.where().row_ptr[2] - a.where().row_ptr[1] > 2 * 1024);
  for (const index_t tokens : {1, 5, 24}) {
    const auto q = quantize<int8>(test::random_tokens<float>(tokens, cols, 4));
    const auto want = test::oracle::linear(decode(a), decode(q));
    matrix<float> y(tokens, rows), z(tokens, rows);
    linear(a, q, y);
    CHECK(test::misses(y, want) == "");
    for (const int workers : {2, 3, 8}) {
      CAPTURE(tokens, workers);
      const test::pool pool(workers);
      linear(exec{pool_ref{pool, pool.size()}}, a, q, z);
      CHECK(test::difference(y, z) == "");
    }
  }
}

TEST_CASE("every mix of tiles of tokens " LACUNA_TEST_ISA, "[ops]") {
  LACUNA_REQUIRE_ISA();
  const auto a = encode<bsr<1, 16>, int4<16, f16, asymmetric>>(test::any_numbers<bsr<1, 16>>(9, 150, 5));
  for (index_t tokens = 0; tokens <= 70; ++tokens) {
    const auto q = quantize<int8>(test::random_tokens<float>(tokens, 150, 6));
    test::tight_matrix<float, row_major> y(tokens, 9, 2);
    linear(a, q, y.view());
    CHECK(test::verdict(y, test::oracle::linear(decode(a), decode(q)), std::to_string(tokens) + " tokens") ==
          "");
  }
}
