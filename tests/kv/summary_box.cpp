// SPDX-License-Identifier: BSL-1.0
// Boxes: the bound holds for every key as it is stored, is met where it can be, and never falls.
#include <lacuna/kv/codec/int8.hpp>
#include <limits>

#include "kv/summary_units.hpp"
#include "support/catch.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

constexpr int D = 24, unit = 8;
constexpr index_t tokens = 75;

/// Any float that is finite: all exponents, both signs, now and then a zero or the last key again.
float wild(test::random_source& r) {
  for (;;) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(r.next()));
    if (r.chance(0.1)) return r.chance(0.5) ? 0.0f : -0.0f;
    if (x - x == 0 && std::fabs(x) < 1e38f) return x;
  }
}

/// centre - radius <= key <= centre + radius in exact sums; the number of channels where a unit is a point.
template <class Cache>
index_t check_boxes(const Cache& c) {
  const summary::view s = c.template summary<summary::box>(0);
  REQUIRE(s.count() == (tokens + unit - 1) / unit);
  REQUIRE(s.closed == tokens / unit);
  index_t points = 0;
  for (index_t u = 0; u < s.count(); ++u) {
    const auto centre = test::unit_row(summary::box::key(), s, u),
               radius = test::unit_row(summary::box::key(), s, u, 1);
    std::vector<double> low(D, std::numeric_limits<double>::infinity()), high(D, -low[0]);
    float k[32], v[32];
    for (index_t t = u * unit; t < std::min(tokens, (u + 1) * unit); ++t) {
      c.get(0, t, k, v);
      for (std::size_t d = 0; d < D; ++d) {
        low[d] = std::min(low[d], double(k[d])), high[d] = std::max(high[d], double(k[d]));
      }
    }
    for (std::size_t d = 0; d < D; ++d) {
      const double m = centre[d], r = radius[d];
      // Sums of two bf16 and a float may need more bits than a double has: m + r >= high as r >= high - m, rounded once.
      INFO("unit " << u << ", channel " << d << ": " << low[d] << " .. " << high[d] << ", box " << m << " +- "
                   << r);
      REQUIRE(r >= high[d] - m);
      REQUIRE(r >= m - low[d]);
      if (low[d] == high[d] && double(float(bf16(float(low[d])))) == low[d]) {
        ++points;
        REQUIRE(r == 0);
      }
      // Not loose either: half a bf16 of the centre, and the rounding of the radius.
      REQUIRE(r <= ((high[d] - low[d]) / 2 + std::fabs(m) / 256 + 1e-38) * (1 + 1.0 / 128) + 1e-38);
    }
  }
  return points;
}

template <class Cache>
index_t filled(std::uint64_t seed, int kind) {
  Cache c({.kv_heads = 1, .head_dim = D, .page = 16, .max_bytes = 1 << 18}, summary::box{.unit = unit});
  const auto k = kind == 0   ? test::random_matrix(tokens, D, 1, seed, [](auto& r) { return r.any(); })
                 : kind == 1 ? test::random_matrix(tokens, D, 1, seed, wild)
                             : matrix<float>(tokens, D);
  auto same = k;
  if (kind == 2)
    for (index_t t = 0; t < tokens; ++t)
      for (index_t d = 0; d < D; ++d) same(t, d) = 0.1f * static_cast<float>(d) - 1;
  c.append(same, same);
  return check_boxes(c);
}

TEST_CASE("boxes hold every key as it is stored " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    filled<kv_cache<float, bf16, summary::box>>(seed, 0);
    filled<kv_cache<bf16, bf16, summary::box>>(seed, 0);
    filled<kv_cache<int8<per_row>, bf16, summary::box>>(seed, 0);
    filled<kv_cache<float, bf16, summary::box>>(seed, 1);
    filled<kv_cache<bf16, bf16, summary::box>>(seed, 1);
  }
  CHECK(filled<kv_cache<bf16, bf16, summary::box>>(1, 2) == D * ((tokens + unit - 1) / unit));
  CHECK(filled<kv_cache<float, bf16, summary::box>>(1, 2) > 0);
}

/// The bound of a unit for q as a plain sum.
double bound(const summary::view& s, index_t u, const std::vector<float>& q) {
  const auto c = test::unit_row(summary::box::key(), s, u), r = test::unit_row(summary::box::key(), s, u, 1);
  double b = 0;
  for (std::size_t d = 0; d < D; ++d) b += double(q[d]) * c[d] + std::fabs(double(q[d])) * r[d];
  return b;
}

TEST_CASE(
    "a box bound is above every product, rules out what it must, and a key more never lowers "
    "it " LACUNA_TEST_ISA,
    "[kv]") {
  LACUNA_REQUIRE_ISA();
  test::random_source random(7);
  kv_cache<bf16, bf16, summary::box> c({.kv_heads = 1, .head_dim = D, .page = 16, .max_bytes = 1 << 18},
                                       summary::box{.unit = unit});
  std::vector<float> q(D);
  for (auto& x : q) x = random.any();
  std::vector<double> exact, before;
  for (index_t t = 0; t < tokens; ++t) {
    const auto k =
        test::random_matrix(1, D, 1, 100 + static_cast<std::uint64_t>(t), [](auto& r) { return r.any(); });
    c.append(k, k);
    float row[32], v[32];
    c.get(0, t, row, v);
    double s = 0;
    for (std::size_t d = 0; d < D; ++d) s += double(q[d]) * row[d];
    exact.push_back(s);
    const auto view = c.summary<summary::box>(0);
    std::vector<double> now;
    for (index_t u = 0; u < view.count(); ++u) now.push_back(bound(view, u, q));
    for (std::size_t u = 0; u < before.size(); ++u) REQUIRE(now[u] >= before[u]);  // (c)
    before = now;
  }
  auto best = exact;
  std::sort(best.rbegin(), best.rend());
  for (std::size_t k : {1u, 4u, 10u})
    for (std::size_t u = 0; u < before.size(); ++u)
      for (std::size_t t = u * unit; t < std::min<std::size_t>(tokens, (u + 1) * unit); ++t) {
        REQUIRE(before[u] >= exact[t]);
        if (before[u] < best[k - 1]) REQUIRE(exact[t] < best[k - 1]);  // (a)
      }
}

TEST_CASE("keys that are not finite have an infinite box " LACUNA_TEST_ISA, "[kv]") {
  LACUNA_REQUIRE_ISA();
  kv_cache<float, float, summary::box> c({.kv_heads = 1, .head_dim = 16, .page = 16, .max_bytes = 1 << 18});
  matrix<float> k(2, 16);
  k(0, 3) = std::numeric_limits<float>::infinity();
  k(0, 4) = 3e38f, k(1, 4) = -3e38f;
  k(0, 5) = 3.4e38f;  // a bf16 would be infinite
  c.append(k, k);
  const auto s = c.summary<summary::box>(0);
  const auto centre = test::unit_row(summary::box::key(), s, 0),
             radius = test::unit_row(summary::box::key(), s, 0, 1);
  CHECK((centre[3] == 0 && std::isinf(radius[3])));
  CHECK((centre[4] == 0 && radius[4] >= 3e38f && !std::isinf(radius[4])));
  CHECK((centre[5] + radius[5] >= 3.4e38f && centre[5] - radius[5] <= 0));
  CHECK((centre[6] == 0 && radius[6] == 0));
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
