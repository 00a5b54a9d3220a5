// SPDX-License-Identifier: BSL-1.0
// What each summary holds, beside plain sums in double over the rows as they are stored.
#include <cmath>

#include "kv/summary_units.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

constexpr index_t D = 24, heads = 2, tokens = 150;
using row = std::vector<double>;

/// Keys of a head as they are stored.
template <class Cache>
std::vector<row> stored(const Cache& c, index_t h) {
  std::vector<row> all;
  float k[32], v[32];
  for (index_t t = 0; t < c.tokens(h); ++t) {
    c.get(h, t, k, v);
    all.emplace_back(k, k + D);
  }
  return all;
}
kv_options amounts() {
  return {.kv_heads = heads, .head_dim = D, .page = 32, .max_bytes = 1 << 20, .sequences = 2};
}
template <class Cache>
void fill(Cache& c, std::uint64_t seed = 1) {
  const auto k = test::random_matrix(tokens, heads * D, 1, seed, [](auto& r) { return r.any(); });
  c.append(k, k);
}
/// The mean of the tokens of a unit that are there, and the sum of their sizes.
std::pair<row, row> mean_of(const std::vector<row>& k, index_t first, index_t unit) {
  row m(D), size(D);
  const index_t last = std::min<index_t>(first + unit, static_cast<index_t>(k.size()));
  for (index_t t = first; t < last; ++t)
    for (std::size_t d = 0; d < D; ++d) {
      const double x = k[static_cast<std::size_t>(t)][d] / static_cast<double>(last - first);
      m[d] += x, size[d] += std::fabs(x);
    }
  return {m, size};
}
double dot(const row& a, const row& b) {
  double s = 0;
  for (std::size_t d = 0; d < a.size(); ++d) s += a[d] * b[d];
  return s;
}

TEST_CASE("means of windows, overlapping or not " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  for (const summary::mean kind : {summary::mean{.unit = 16}, summary::mean{.unit = 32, .stride = 16}}) {
    kv_cache<bf16, bf16, summary::mean> c(amounts(), kind);
    fill(c);
    for (index_t h = 0; h < heads; ++h) {
      const auto k = stored(c, h);
      const auto s = c.summary<summary::mean>(h);
      const index_t stride = s.windows.stride;
      REQUIRE(s.count() == (tokens + stride - 1) / stride);
      REQUIRE(s.closed == (tokens - kind.unit) / stride + 1);
      for (index_t u = 0; u < s.count(); ++u) {
        const auto [need, size] = mean_of(k, s.first_token(u), kind.unit);
        const auto got = test::unit_row(kind.key(), s, u);
        for (std::size_t d = 0; d < D; ++d)  // `unit` sums and one division in float, then a bf16
          REQUIRE(std::fabs(got[d] - need[d]) <=
                  std::ldexp(size[d], -24) * (kind.unit + 2) + std::fabs(need[d]) / 256);
      }
    }
  }
}

TEST_CASE("labels are channels of the stored keys " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  const summary::channels kind{.count = 3, .list = {7, 1, 20, 2, 3, 4}};
  kv_cache<bf16, bf16, summary::channels> c(amounts(), kind);
  fill(c);
  for (index_t h = 0; h < heads; ++h) {
    const auto k = stored(c, h);
    const auto s = c.summary<summary::channels>(h);
    REQUIRE(s.closed == tokens);
    for (index_t t = 0; t < tokens; ++t) {
      const auto label = test::unit_row(kind.key(), s, t);
      for (int j = 0; j < 16; ++j)
        REQUIRE(label[static_cast<std::size_t>(j)] ==
                (j < 3 ? k[static_cast<std::size_t>(t)][static_cast<std::size_t>(kind.channel(h, j))] : 0));
    }
  }
  const auto made = [](summary::channels bad) {
    return test::refusal([&] { kv_cache<bf16, bf16, summary::channels> none(amounts(), bad); });
  };
  CHECK(made({.count = 25, .list = {}}) == "argument: summary: need 1 <= channels of a label <= 24; got 25");
  CHECK(made({.count = 2, .list = {1, 2, 3}}) ==
        "argument: summary: need a list of 2 channels for each of 2 heads, or none; got 3");
  CHECK(made({.count = 1, .list = {1, 24}}) == "argument: summary: need 0 <= channel < 24; got 24");
  CHECK(test::refusal([&] {
          kv_cache<bf16, bf16, summary::mean> none(amounts(), summary::mean{.unit = 8, .stride = 9});
        }) == "argument: summary: need 1 <= stride <= unit <= 1024; got unit 8, stride 9");
}

TEST_CASE("a projection of identities over the unit is a mean; positions come on top " LACUNA_TEST_ISA,
          "[kv]") {
  LACUNA_REQUIRE_ISA();
  constexpr int unit = 8;
  std::vector<float> w(unit * D * D), p(unit * D);
  for (std::size_t i = 0; i < unit; ++i)
    for (std::size_t d = 0; d < D; ++d)
      w[(i * D + d) * D + d] = 1.0f / unit, p[i * D + d] = static_cast<float>(d);
  kv_cache<bf16, bf16, summary::projection, summary::mean> c(
      amounts(), summary::projection{.unit = unit, .stride = 4, .weights = w},
      summary::mean{.unit = unit, .stride = 4});
  kv_cache<bf16, bf16, summary::projection> placed(
      amounts(), summary::projection{.unit = unit, .stride = 4, .weights = w, .positions = p});
  fill(c), fill(placed);
  const auto a = c.summary<summary::projection>(1), b = c.summary<summary::mean>(1),
             on_top = placed.summary<summary::projection>(1);
  for (index_t u = 0; u < a.closed; ++u) {
    const auto x = test::unit_row(summary::mean::key(), a, u), y = test::unit_row(summary::mean::key(), b, u),
               z = test::unit_row(summary::mean::key(), on_top, u);
    for (std::size_t d = 0; d < D; ++d) {
      REQUIRE(std::fabs(x[d] - y[d]) <= 0x1p-8 * std::fabs(y[d]) + 0x1p-18);
      REQUIRE(std::fabs(z[d] - y[d] - double(d)) <= 0x1p-8 * (std::fabs(z[d]) + std::fabs(y[d])) + 0x1p-18);
    }
  }
  CHECK(test::refusal(
            [] { kv_cache<bf16, bf16, summary::projection> none(amounts(), summary::projection{}); }) ==
        "argument: summary: need weights [1 or 2][32][24][24], positions [32][24] or none; got 0 and 0");
}

TEST_CASE("landmarks know how well they stand for their keys " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_cache<bf16, bf16, summary::landmarks> c(amounts());
  fill(c, 9);
  c.release(0, 1);
  const auto s = c.summary<summary::landmarks>(1);
  const auto k = stored(c, 1);
  std::vector<std::pair<float, index_t>> all;
  for (index_t u = 0; u < s.count(); ++u) {
    const auto m = test::unit_row(summary::landmarks::key(), s, u);
    const row landmark(m.begin(), m.begin() + D);
    double worst = 1;
    for (index_t t = u * 8; t < std::min(tokens, u * 8 + 8); ++t) {
      const row& x = k[static_cast<std::size_t>(t)];
      worst = std::min(worst, dot(x, landmark) / std::sqrt(dot(x, x) * dot(landmark, landmark)));
    }
    REQUIRE(std::fabs(unit_quality(s, u) - worst) <= (D + 4) * 0x1p-23);
    if (u < s.closed) all.emplace_back(unit_quality(s, u), u);
  }
  std::sort(all.begin(), all.end());
  for (std::size_t n : {0u, 1u, 5u, 18u, 40u}) {
    std::vector<index_t> out(n), need;
    const index_t found = worst_units(s, out);
    for (std::size_t i = 0; i < std::min(n, all.size()); ++i) need.push_back(all[i].second);
    std::sort(need.begin(), need.end());
    out.resize(static_cast<std::size_t>(found));
    CHECK(out == need);
  }
}

TEST_CASE("what is observed goes with its tokens " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  using cache = kv_cache<float, float, bf16, summary::mass, summary::value_bias>;  // with a tail
  kv_options o = amounts();
  o.window = 8, o.batch = 32;
  cache c(o, summary::mass{.decay = 0.5f}, summary::value_bias{});
  fill(c);
  std::vector<float> x(tokens);
  for (std::size_t t = 0; t < x.size(); ++t) x[t] = static_cast<float>(t + 1);
  c.observe<summary::mass>(1, 0, x);
  c.observe<summary::mass>(1, 100, array_view<const float>(x.data(), 50));
  c.observe<summary::value_bias>(0, 149, array_view<const float>(x.data() + 7, 1));
  const auto number = [](const cache& from, index_t h, index_t t) {
    return summary::number_of(from.summary<summary::mass>(h), t);
  };
  CHECK(c.summary<summary::mass>(1).count() == tokens);
  CHECK((number(c, 1, 0) == 1 && number(c, 1, 99) == 100 && number(c, 1, 100) == 101 / 2.0f + 1));
  CHECK((number(c, 0, 3) == 0 && summary::number_of(c.summary<summary::value_bias>(0), 149) == 8));
  cache f = c.fork();
  f.observe<summary::mass>(1, 3, array_view<const float>(x.data(), 1));
  CHECK((number(c, 1, 3) == 4 && number(f, 1, 3) == 3));
  f.truncate(120);
  fill(f, 2);
  CHECK((number(f, 1, 119) == 120 / 2.0f + 20 && number(f, 1, 120) == 0 &&
         number(c, 1, 120) == 121 / 2.0f + 21));
  c.release(1, 0);
  CHECK(c.summary<summary::mass>(1).units.is_dead(1));
  c.observe<summary::mass>(1, 0, x);  // passed over
  CHECK(c.summary<summary::mass>(1).units.is_dead(1));
  CHECK(number(c, 1, 32) == 33 / 2.0f + 33);
  CHECK(test::refusal([&] { c.observe<summary::mass>(1, 101, array_view<const float>(x.data(), 50)); }) ==
        "argument: observe: need tokens in [0, 150); got [101, 151)");
}

TEST_CASE("NOSA's bias is a gated softplus of all values " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  matrix<float> delta(2, 4);
  delta(0, 0) = 1, delta(1, 3) = 100;
  const float v[] = {0, 1, 2, 3}, scale[] = {2, -1};
  float b[2];
  value_bias_of(delta, array_view<const float>(scale, 2), v, b);
  CHECK(std::fabs(b[0] - 2 * std::log(2.0f)) <= 1e-6f);
  CHECK(b[1] == -300);
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
