// SPDX-License-Identifier: BSL-1.0
// Laws of the partition: pieces are disjoint, in order, cover all rows, start at multiples of the grain, and
// none has more than its share plus one group of rows.
#include <algorithm>
#include <lacuna/exec/partition.hpp>
#include <lacuna/format.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"

using namespace lacuna;

namespace {

struct shape_of_work {
  const char* name;
  index_t rows, cols;
  double (*density)(index_t row, index_t rows);
};

const shape_of_work shapes_of_work[] = {
    {"no rows", 0, 9, [](index_t, index_t) { return 0.5; }},
    {"no columns", 33, 0, [](index_t, index_t) { return 0.5; }},
    {"one row", 1, 40, [](index_t, index_t) { return 0.5; }},
    {"no values", 50, 20, [](index_t, index_t) { return 0.0; }},
    {"even", 100, 64, [](index_t, index_t) { return 0.5; }},
    {"the first row has most", 97, 300, [](index_t i, index_t) { return i == 0 ? 1.0 : 0.01; }},
    {"the last row has all", 97, 300, [](index_t i, index_t n) { return i == n - 1 ? 1.0 : 0.0; }},
    {"more and more", 211, 64,
     [](index_t i, index_t n) { return static_cast<double>(i) / static_cast<double>(n); }},
    {"every tenth row", 103, 128, [](index_t i, index_t) { return i % 10 == 3 ? 0.9 : 0.0; }},
};

matrix<float> make(const shape_of_work& s) {
  test::random_source random(17);
  matrix<float> w(s.rows, s.cols);
  for (index_t i = 0; i < s.rows; ++i)
    for (index_t k = 0; k < s.cols; ++k)
      if (random.chance(s.density(i, s.rows))) w(i, k) = random.exact();
  return w;
}

/// Stored values and rows above row i, and the positions that count as values, counted by hand.
template <class P>
std::vector<double> work_before(const positions<P>& w) {
  std::vector<double> sum{0};
  for (index_t i = 0; i < w.rows; ++i) {
    double n = 1;
    if constexpr (requires { P::positions_a_value; })
      n += static_cast<double>(w.cols) / static_cast<double>(P::positions_a_value);
    P::visit_row(w, i, [&](index_t, index_t) { ++n; });
    sum.push_back(sum.back() + n);
  }
  return sum;
}

template <class P>
void check_pieces(const positions<P>& w, const std::vector<double>& before, index_t pieces, index_t grain) {
  CAPTURE(pieces, grain);
  const auto work = [&](index_t first, index_t last) {
    return before[static_cast<std::size_t>(last)] - before[static_cast<std::size_t>(first)];
  };
  double largest_group = 0;
  for (index_t i = 0; i < w.rows; i += grain)
    largest_group = std::max(largest_group, work(i, std::min(i + grain, w.rows)));
  const double share = before.back() / static_cast<double>(pieces);

  index_t next = 0;
  for (index_t p = 0; p < pieces; ++p) {
    const row_range r = piece_rows(w, p, pieces, grain);
    REQUIRE(r.first == next);
    REQUIRE(r.last >= r.first);
    REQUIRE((r.first % grain == 0 || r.first == w.rows));
    REQUIRE(work(r.first, r.last) <= share + largest_group + 1e-6);
    next = r.last;
  }
  REQUIRE(next == w.rows);
}

}  // namespace

TEMPLATE_TEST_CASE("pieces of rows", "[exec]", csr, bitmap, dense) {
  for (const shape_of_work& s : shapes_of_work) {
    CAPTURE(TestType::name(), s.name);
    const auto a = encode<TestType, float>(make(s));
    const positions<TestType> w = a.view().where();
    const auto before = work_before(w);
    for (const index_t pieces : {1, 2, 3, 4, 7, 16, 100, 300})
      for (const index_t grain : {1, 2, 4, 16, 64}) check_pieces(w, before, pieces, grain);
  }
}

TEST_CASE("pieces of block rows", "[exec]") {
  using P = bsr<4, 4>;
  for (const shape_of_work& s : shapes_of_work) {
    CAPTURE(s.name);
    // Whole block rows: the fill over the lower and right edge is work as well, which work_before does not
    // see.
    shape_of_work whole = s;
    whole.rows = (s.rows + 3) / 4 * 4;
    whole.cols = (s.cols + 3) / 4 * 4;
    const auto a = encode<P, float>(make(whole));
    const positions<P> w = a.view().where();
    const auto before = work_before(w);
    for (const index_t pieces : {1, 2, 3, 8, 50})
      for (const index_t grain : {4, 8, 16}) check_pieces(w, before, pieces, grain);
  }
}

namespace {

/// From outside: holds nothing, and cannot count what is above a row.
struct uncounted {
  static constexpr bool filled = false;
  template <template <class> class Array>
  struct arrays {
    template <class F>
    auto apply(F&& f) const {
      return f();
    }
  };
  static std::string name() { return "uncounted"; }
  static index_t stored(const positions<uncounted>&) { return 0; }
  template <class F>
  static void visit_row(const positions<uncounted>&, index_t, F&&) {}
  template <class Kept>
  static arrays<owned> build(index_t, index_t, Kept&&) {
    return {};
  }
};

}  // namespace

TEST_CASE("a pattern that cannot count is cut by rows", "[exec]") {
  static_assert(pattern<uncounted> && !counts_rows<uncounted>);
  for (const index_t rows : {0, 1, 5, 64, 103}) {
    CAPTURE(rows);
    const positions<uncounted> w{rows, 8, {}};
    const auto before = work_before(w);
    for (const index_t pieces : {1, 2, 3, 16, 200})
      for (const index_t grain : {1, 4, 16}) check_pieces(w, before, pieces, grain);
  }
}

TEST_CASE("rows of much work share pieces with none", "[exec]") {
  // 8 rows of 100 values, 8 without: each of 4 pieces gets two of the full ones.
  matrix<float> m(16, 100);
  for (index_t i = 0; i < 16; i += 2)
    for (index_t k = 0; k < 100; ++k) m(i, k) = 1;
  const auto a = encode<csr, float>(m);
  for (index_t p = 0; p < 4; ++p) {
    const row_range r = piece_rows(a.view().where(), p, 4, 1);
    index_t full = 0;
    for (index_t i = r.first; i < r.last; ++i) full += i % 2 == 0;
    CHECK(full == 2);
  }
}
