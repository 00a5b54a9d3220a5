// SPDX-License-Identifier: BSL-1.0
// The synthetic heads that other tests and the benches attend: they have the mass they say.
#include "support/heads.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

using namespace lacuna;
using test::head_options;
using test::head_shares;
using test::make_head;
using test::shares_of;

namespace {

/// Mean over rows spread over the later three quarters, and over the group.
head_shares mean_shares(const test::synthetic_head& h) {
  head_shares mean;
  int count = 0;
  const index_t step = std::max<index_t>(1, h.made.queries / 24);
  for (index_t r = h.made.queries / 4; r < h.made.queries; r += step)
    for (index_t g = 0; g < h.made.group; ++g, ++count) {
      const auto s = shares_of(h, g, r);
      mean.sinks += s.sinks, mean.local += s.local, mean.columns += s.columns;
      mean.diagonals += s.diagonals, mean.diffuse += s.diffuse, mean.needles += s.needles;
    }
  for (double* x : {&mean.sinks, &mean.local, &mean.columns, &mean.diagonals, &mean.diffuse, &mean.needles})
    *x /= count;
  return mean;
}
void check_shares(const head_options& o) {
  const auto h = make_head(o);
  const auto s = mean_shares(h);
  INFO("tokens " << o.tokens << " dim " << o.head_dim << " seed " << o.seed << ": sinks " << s.sinks
                 << " local " << s.local << " columns " << s.columns << " diagonals " << s.diagonals
                 << " diffuse " << s.diffuse);
  const auto& m = o.mix;
  CHECK(std::fabs(s.sinks - m.sinks) < 0.1);
  CHECK(std::fabs(s.local - m.local) < 0.1);
  CHECK(std::fabs(s.columns - m.columns) < 0.1);
  CHECK(std::fabs(s.diagonals - m.diagonals) < 0.1);
  CHECK(s.sinks + s.local + s.columns + s.diagonals + s.diffuse == Approx(1));
}

}  // namespace

TEST_CASE("synthetic heads have the shares they were asked for", "[heads]") {
  for (const index_t dim : {64, 128})
    for (const auto& mix : test::usual_mixes()) {
      head_options o;
      o.tokens = 2048, o.head_dim = dim, o.queries = 1, o.group = 2, o.mix = mix, o.seed = std::uint64_t(dim);
      check_shares(o);
      o.queries = 96;
      check_shares(o);
    }
}

TEST_CASE("synthetic heads: what is not asked for has next to no mass", "[heads]") {
  head_options o;
  o.tokens = 1024, o.group = 1, o.queries = 4;
  o.mix.sinks = 0, o.mix.local = 0.8, o.mix.columns = 0, o.mix.diagonals = 0;
  const auto s = mean_shares(make_head(o));
  CHECK(s.local > 0.7);
  CHECK(s.sinks < 0.02);
  CHECK(s.diagonals < 0.1);
}

TEST_CASE("a needle has its margin for its own query and none for the others", "[heads]") {
  head_options o;
  o.tokens = 1024, o.queries = 2, o.group = 2;
  for (const index_t key : {0, 15, 16, 500, 1007, 1022}) {
    o.needles = {{0, key, 4.0}};
    const auto h = make_head(o);
    for (index_t g = 0; g < 2; ++g) {
      CHECK(shares_of(h, g, 0).needles == Approx(1 / (1 + std::exp(-4.0))).margin(1e-3));
      CHECK(shares_of(h, g, 1).needles == 0);
    }
  }
  o.needles = {{0, 100, 6.0}, {1, 700, 6.0}};  // the second query finds its own
  const auto h = make_head(o);
  CHECK(shares_of(h, 0, 0).needles > 0.99);
  CHECK(shares_of(h, 1, 1).needles > 0.99);
}

TEST_CASE("synthetic heads: outlier channels, sizes, repeatable", "[heads]") {
  head_options o;
  o.tokens = 512;
  const auto a = make_head(o), b = make_head(o);
  CHECK(test::difference(a.k, b.k).empty());
  CHECK(test::difference(a.q, b.q).empty());
  o.seed = 2;
  CHECK_FALSE(test::difference(a.k, make_head(o).k).empty());
  std::vector<double> size(128);
  for (index_t t = 0; t < 512; ++t)
    for (std::size_t c = 0; c < 128; ++c) size[c] += std::fabs(double(a.k(t, index_t(c)))) / 512;
  std::vector<double> sorted = size;
  std::sort(sorted.begin(), sorted.end());
  int large = 0;
  for (const double x : size) large += x > 6 * sorted[64];
  CHECK(large == 3);
  CHECK(double(a.columns.size()) >= 512 * 0.01);
  CHECK(double(a.columns.size()) <= 512 * 0.02);
  o.head_dim = 30;
  CHECK(test::refusal([&] { make_head(o); }).find("head_dim >= 32") != std::string::npos);
  o.head_dim = 64, o.needles = {{0, 512, 6.0}};
  CHECK(test::refusal([&] { make_head(o); }).find("a key that its query sees") != std::string::npos);
}
