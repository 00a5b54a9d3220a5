// SPDX-License-Identifier: BSL-1.0
// Sets of units from scores: against a sort, with ties, infinities, NaN and empty lists.
#include <algorithm>
#include <cmath>
#include <lacuna/attention/select/cut.hpp>
#include <numeric>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

using words_t = std::vector<std::uint64_t>;

/// Units by falling score, equal ones by position.
std::vector<index_t> ranked(const std::vector<float>& s) {
  std::vector<index_t> order(s.size());
  std::iota(order.begin(), order.end(), index_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](index_t a, index_t b) { return s[std::size_t(a)] > s[std::size_t(b)]; });
  return order;
}
words_t taken(const std::vector<float>& s, const select::cut& c) {
  words_t words(std::size_t(select::words_of(index_t(s.size()))), 0);
  select::take(s, c, words.data());
  return words;
}
words_t first_of(const std::vector<index_t>& order, index_t n) {
  words_t words(std::size_t(select::words_of(index_t(order.size()))), 0);
  for (index_t i = 0; i < n; ++i) select::put(words.data(), order[std::size_t(i)]);
  return words;
}

std::vector<float> scores(test::random_source& random, index_t n, int levels) {
  std::vector<float> s(std::size_t(n), 0.0f);
  for (float& x : s) x = levels == 0 ? random.any() : float(random.below(levels));
  return s;
}

TEST_CASE("a cut takes the k best, the first of equal ones " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  test::random_source random(1);
  for (const index_t n : {0, 1, 7, 63, 64, 65, 200})
    for (const int levels : {0, 1, 3}) {
      const auto s = scores(random, n, levels);
      const auto order = ranked(s);
      for (const index_t k : {index_t{-1}, index_t{0}, index_t{1}, n / 3, n - 1, n, n + 5}) {
        CAPTURE(n, levels, k);
        const index_t want = std::clamp<index_t>(k, 0, n);
        const auto c = select::top_cut(s, k);
        CHECK(c.count() == want);
        CHECK(taken(s, c) == first_of(order, want));
      }
    }
}

TEST_CASE("a share is held by the fewest " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  test::random_source random(2);
  for (const index_t n : {1, 64, 65, 300})
    for (const int levels : {0, 2, 5}) {
      auto s = scores(random, n, levels);
      for (float& x : s) x = std::fabs(x);
      const auto order = ranked(s);
      const double whole = std::accumulate(s.begin(), s.end(), 0.0);
      for (const double share : {-1.0, 0.0, 0.1, 0.5, 0.9, 0.999, 1.0, 2.0}) {
        CAPTURE(n, levels, share);
        const auto c = select::share_cut(s, share);
        CHECK(taken(s, c) == first_of(order, c.count()));
        double held = 0, before = 0;  // with the last one, and without
        for (index_t i = 0; i < c.count(); ++i)
          before = held, held += double(s[std::size_t(order[std::size_t(i)])]);
        if (share <= 0) CHECK(c.count() == 0);
        if (share >= 1) CHECK(c.count() == n);
        if (share <= 0 || share >= 1) continue;
        CHECK(held >= share * whole * (1 - 1e-12));
        if (c.count() > 0) CHECK(before < share * whole * (1 + 1e-12));
      }
    }
}

TEST_CASE("a NaN and an infinity are taken, minus infinity last " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const std::vector<float> s{0, -HUGE_VALF, std::nanf(""), 1, HUGE_VALF, -2};
  CHECK(taken(s, select::top_cut(s, 1)) == words_t{0b000100});
  CHECK(taken(s, select::top_cut(s, 2)) == words_t{0b010100});
  CHECK(taken(s, select::top_cut(s, 5)) == words_t{0b111101});
}

TEST_CASE("ranges of bits, counted and walked " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  for (const index_t n : {1, 64, 130})
    for (const index_t first : {-3, 0, 5, 63, 64, 129})
      for (const index_t last : {0, 1, 64, 65, 131}) {
        words_t words(std::size_t(select::words_of(n)), 0);
        select::put_range(words.data(), n, first, last);
        index_t want = 0, walked = 0;
        for (index_t u = 0; u < n; ++u) {
          const bool in = u >= first && u < last;
          CHECK(select::has(words.data(), u) == in);
          want += in;
        }
        select::for_each(words.data(), n, [&](index_t u) { walked += u >= first && u < last; });
        CHECK(select::count(words.data(), 0, n) == want);
        CHECK(walked == want);
      }
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
