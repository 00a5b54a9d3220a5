// SPDX-License-Identifier: BSL-1.0
// What every verb relies on: rows are visited in column order, every slot once, and work is counted rightly.
#include "format/lists.hpp"
#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/shapes.hpp"

using namespace lacuna;

namespace {

/// The first broken law of visit_row and stored_before, or "".
template <class P>
std::string broken_law(const positions<P>& w) {
  const index_t stored = P::stored(w);
  std::vector<char> seen(static_cast<std::size_t>(stored));
  index_t visited = 0, lines = 1;
  if constexpr (requires { P::R; }) lines = P::R;
  if constexpr (is_panel<P>) lines = panel_rows;
  if (P::stored_before(w, 0) != 0) return "stored_before(0) is not 0";
  if (P::stored_before(w, w.rows) != stored) return "stored_before(rows) is not all";
  for (index_t i = 0; i < w.rows; ++i) {
    const auto at = " in row " + std::to_string(i);
    if (P::stored_before(w, i) > P::stored_before(w, i + 1)) return "stored_before descends" + at;
    if (!P::filled && i % lines == 0 && P::stored_before(w, i) != visited) return "stored_before is not what was visited" + at;
    // A row of a block pattern shares its slots with the rows of its block only.
    const index_t first = P::stored_before(w, i / lines * lines);
    const index_t last = P::stored_before(w, std::min((i / lines + 1) * lines, w.rows));
    index_t column = -1;
    std::string broken;
    P::visit_row(w, i, [&](index_t k, index_t slot) {
      if (k <= column || k >= w.cols) broken = "columns do not ascend inside the matrix" + at;
      if (slot < first || slot >= last)
        broken = "a slot outside of its rows" + at;
      else if (seen[static_cast<std::size_t>(slot)]++ != 0)
        broken = "a slot visited twice" + at;
      column = k;
      ++visited;
    });
    if (!broken.empty()) return broken;
  }
  if (!P::filled && visited != stored) return "a slot never visited";
  return {};
}

template <class P>
void check_visits(std::uint64_t seed) {
  for (const test::shape s : test::shapes())
    for (const test::filling f : test::fillings()) {
      const auto w = test::filled(
          test::random_for<P>(s.rows, s.cols, 0.3, seed), f, !requires { P::M; });
      const auto a = encode<P, float>(w);
      const auto v = a.view();
      CAPTURE(P::name(), s.rows, s.cols, test::text(f), seed);
      CHECK(broken_law(v.where()) == "");

      index_t missed = 0, extra = 0;  // the visited values are the nonzeros, and zeros only as fill
      for (index_t i = 0; i < s.rows; ++i) {
        std::vector<char> has(static_cast<std::size_t>(s.cols));
        v.visit_row(i, [&](index_t k, float x) {
          has[static_cast<std::size_t>(k)] = 1;
          extra += x != w(i, k) || (!P::filled && x == 0);
        });
        for (index_t k = 0; k < s.cols; ++k) missed += w(i, k) != 0 && !has[static_cast<std::size_t>(k)];
      }
      CHECK(missed == 0);
      CHECK(extra == 0);
    }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("rows are visited in order and every slot once: open patterns", "[format]",
                        open_patterns) {
  check_visits<TestType>(GENERATE(3u, 4u));
}

TEMPLATE_LIST_TEST_CASE("rows are visited in order and every slot once: group patterns", "[format]",
                        group_patterns) {
  check_visits<TestType>(GENERATE(5u, 6u));
}

TEMPLATE_LIST_TEST_CASE("rows are visited in order and every slot once: panels", "[format]", panel_patterns) {
  check_visits<TestType>(GENERATE(7u, 8u));
}
