// SPDX-License-Identifier: BSL-1.0
// Offline steps of published systems: calibration, gates, plans. Each by the property that its paper states.
#include <lacuna/attention/systems/channel_calibration.hpp>
#include <lacuna/attention/systems/head_gates.hpp>
#include <lacuna/attention/systems/moa_influence.hpp>

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/refusal.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace {

matrix<float> any(index_t rows, index_t cols, std::uint64_t seed) {
  return test::random_matrix(rows, cols, 1, seed, [](auto& r) { return r.any(); });
}

TEST_CASE(
    "calibration adds up over samples, in any cut, and finds the channels that carry the "
    "products " LACUNA_TEST_ISA,
    "[attention]") {
  LACUNA_REQUIRE_ISA();
  constexpr index_t D = 8, Hq = 4, Hkv = 2, n = 60;
  auto q = any(n, Hq * D, 1), k = any(n, Hkv * D, 2);
  for (index_t t = 0; t < n; ++t) {
    k(t, 5) *= 20, q(t, 5) *= 20, q(t, D + 5) *= 20;  // head 0: channel 5, then 2
    k(t, 2) *= 10;
    k(t, D + 7) *= 30, k(t, D + 7) -= 40;  // head 1: channel 7, whatever its sign
  }
  channel_calibration all(Hq, Hkv, D), parts(Hq, Hkv, D);
  all.add(q, k);
  for (index_t t = 0; t < n; t += 20)
    parts.add(q.view().block(t, 0, 20, Hq * D), k.view().block(t, 0, 20, Hkv * D));
  CHECK((all.tokens() == n && parts.tokens() == n));
  for (index_t h = 0; h < Hq; ++h)
    for (index_t c = 0; c < D; ++c) {
      double need = 0;
      for (index_t t = 0; t < n; ++t) need += std::fabs(double(q(t, h * D + c)) * k(t, h / 2 * D + c)) / n;
      REQUIRE(std::fabs(all.measure(h, c) - need) <= 1e-13 * need * n);
      REQUIRE(parts.measure(h, c) == all.measure(h, c));  // the same sums in the same order
    }
  const auto list = all.list(2);
  CHECK((list[0] == 5 && list[1] == 2 && list[2] == 7));
  auto every = all.list(D);
  std::sort(every.begin(), every.begin() + D);
  for (std::int32_t c = 0; c < D; ++c) REQUIRE(every[static_cast<std::size_t>(c)] == c);
  channel_calibration by_key(Hq, Hkv, D, channel_measure::key), none(Hq, Hkv, D);
  by_key.add(q, k);
  CHECK(by_key.measure(1, 7) == by_key.measure(0, 7));
  CHECK(none.list(3) == std::vector<std::int32_t>{0, 1, 2, 0, 1, 2});  // ties go to the lower channel
  CHECK(test::refusal([&] { all.add(k, q); }) ==
        "shape: channel_calibration: need Q [tokens, 32], K [tokens, 16]; got Q 60x16, K 60x32");
  CHECK(test::refusal([] { channel_calibration(3, 2, 8); }) ==
        "shape: channel_calibration: need query heads that are a multiple of the KV heads; got 3 and 2");
  CHECK(test::refusal([&] { all.list(9); }) ==
        "argument: channel_calibration: need 1 <= channels <= 8; got 9");
}

TEST_CASE("gates split the heads of a model at a quantile " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  constexpr index_t L = 5, H = 8;
  const auto gates = any(L, H, 3);  // half of them below 0: equal after the clip
  for (const double sparsity : {0.0, 0.3, 0.5, 0.75, 1.0}) {
    const head_split s = split_by_gates(gates, sparsity), again = split_by_gates(gates, sparsity);
    CHECK(s.streaming == again.streaming);
    index_t streams = 0;
    float highest = 0, lowest = 1;
    for (index_t l = 0; l < L; ++l) {
      std::vector<std::int32_t> slots[2];
      for (index_t h = 0; h < H; ++h) {
        const float g = std::clamp(gates(l, h), 0.0f, 1.0f);
        const bool on = s.streams(l, h);
        streams += on;
        (on ? highest : lowest) = on ? std::max(highest, g) : std::min(lowest, g);
        slots[on].push_back(s.slot[static_cast<std::size_t>(l * H + h)]);
      }
      for (const auto& of_kind : slots)
        for (std::size_t i = 0; i < of_kind.size(); ++i) REQUIRE(of_kind[i] == static_cast<std::int32_t>(i));
    }
    CHECK(streams == static_cast<index_t>(std::ceil(sparsity * (L * H - 1))));
    if (streams > 0) CHECK(highest <= lowest);
  }
  // Equal gates are split, not all of one kind; which of them depends on the seed.
  matrix<float> same(L, H);
  CHECK(split_by_gates(same, 0.5, 1).streaming != split_by_gates(same, 0.5, 2).streaming);
  same(0, 0) = std::numeric_limits<float>::quiet_NaN();
  CHECK(test::refusal([&] { split_by_gates(same); }) ==
        "argument: split_by_gates: need gates that are numbers; got another at 0");
  CHECK(test::refusal([&] { split_by_gates(matrix<float>(1, 65)); }).substr(0, 55) ==
        "argument: split_by_gates: need at most 64 KV heads and ");
}

TEST_CASE("spans grow with the length as their formula says " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  CHECK(elastic_span{.alpha = 0, .eighths = 8}.density(4096) == 1);
  CHECK(elastic_span{.alpha = 1024, .eighths = 1}.tokens(8192) == 2048);
  CHECK(elastic_span{.alpha = -1024, .eighths = 4}.tokens(8192) == 3072);
  CHECK(elastic_span{.alpha = -1024, .eighths = 1}.tokens(4096) == 0);
  CHECK(elastic_span{.alpha = 1024, .eighths = 1}.density(8192) == (2048 + 64) / 8192.0);
  for (const elastic_span& s : moa_candidates(16384))
    for (index_t n = 1024; n <= 16384; n += 1024) REQUIRE((s.density(n) > 0 && s.density(n) <= 1));
  // The published plan for vicuna-7B: beta 1/8 for 290 of 1024 heads, and so on; its mean density at alpha 0.
  std::vector<elastic_span> plan;
  double need = 0;
  for (const auto& [heads, eighths] :
       {std::pair{290, 1}, {183, 5}, {171, 6}, {122, 2}, {102, 7}, {75, 8}, {64, 4}, {17, 3}}) {
    plan.insert(plan.end(), static_cast<std::size_t>(heads), {.alpha = 0, .eighths = eighths});
    need += heads * std::min(1.0, eighths / 8.0 + 64 / 16384.0) / 1024;
  }
  REQUIRE(plan.size() == 1024);
  CHECK(std::fabs(plan_density(plan, 16384) - need) <= 1e-12);
}

TEST_CASE("influence is what a linear loss changes when a weight is masked " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  constexpr index_t n = 6;
  matrix<float> A(n, n), E(n, n);
  const auto g = any(n, n, 5), raw = any(n, n, 6);
  for (index_t i = 0; i < n; ++i) {
    double sum = 0;
    for (index_t j = 0; j <= i; ++j) sum += std::exp(double(raw(i, j)));
    for (index_t j = 0; j <= i; ++j) A(i, j) = static_cast<float>(std::exp(double(raw(i, j))) / sum);
  }
  influence_of(A, g, E);
  for (index_t i = 1; i < n; ++i)
    for (index_t j = 0; j <= i; ++j) {
      double rest = 0, before = 0, after = 0;
      for (index_t m = 0; m <= i; ++m) rest += m == j ? 0 : double(A(i, m));
      for (index_t m = 0; m <= i; ++m) {
        before += double(A(i, m)) * g(i, m);
        after += m == j ? 0 : double(A(i, m)) / rest * g(i, m);
      }
      REQUIRE(std::fabs(E(i, j) - (after - before)) <= 1e-6);
    }
  const auto map = any(300, 300, 7);
  for (const elastic_span s :
       {elastic_span{.alpha = 64, .eighths = 0}, {.alpha = 0, .eighths = 8}, {.alpha = 128, .eighths = 2}}) {
    double need = 0;
    for (index_t i = 0; i < 300; ++i)
      for (index_t j = 64; j <= i; ++j)
        if (j / 64 + s.blocks(300) <= i / 64) need += map(i, j);
    CHECK(std::fabs(masked_influence(map, s) - need) <= 1e-9);
  }
}

TEST_CASE(
    "plans keep their limits, are no worse than one rule for all, and close to the best " LACUNA_TEST_ISA,
    "[attention]") {
  LACUNA_REQUIRE_ISA();
  constexpr index_t H = 12;
  const auto candidates = moa_candidates(4096);
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    test::random_source random(seed);
    matrix<double> losses(H, static_cast<index_t>(candidates.size()));
    for (index_t h = 0; h < H; ++h) {  // a longer span loses less, some heads far more than others
      const double scale = std::exp(6 * random.uniform()), shape = 1 + 8 * random.uniform();
      for (index_t c = 0; c < losses.cols(); ++c)
        losses(h, c) = scale * std::exp(-shape * candidates[static_cast<std::size_t>(c)].density(4096));
    }
    const auto total = [&](const std::vector<elastic_span>& plan) {
      double sum = 0;
      for (index_t h = 0; h < H; ++h)
        for (index_t c = 0; c < losses.cols(); ++c)
          if (candidates[static_cast<std::size_t>(c)] == plan[static_cast<std::size_t>(h)]) {
            sum += losses(h, c);
            break;
          }
      return sum;
    };
    const plan_limits one{{4096}, {0.5}};
    const auto found = search_plan(losses, candidates, one), best = exact_plan(losses, candidates, 4096, 0.5);
    CHECK(plan_density(found, 4096) <= 0.5 + 1e-9);
    CHECK(plan_density(best, 4096) <= 0.5 + 1e-9);
    CHECK(total(best) <= total(found) * (1 + 1e-12));
    CHECK(total(found) <= total(best) * 1.05);
    double uniform = 1e300;
    for (index_t c = 0; c < losses.cols(); ++c)
      if (candidates[static_cast<std::size_t>(c)].density(4096) <= 0.5)
        uniform =
            std::min(uniform, total(std::vector<elastic_span>(H, candidates[static_cast<std::size_t>(c)])));
    CHECK(total(found) <= uniform);
    CHECK(total(found) < 0.9 * uniform);  // heads differ: that is the point
    const plan_limits more{{2048, 4096, 16384}, {0.6, 0.5, 0.45}};
    const auto longer = search_plan(losses, candidates, more);
    for (std::size_t l = 0; l < 3; ++l)
      CHECK(plan_density(longer, more.lengths[l]) <= more.densities[l] + 1e-9);
    CHECK(total(longer) >= total(best) * (1 - 1e-12));
  }
  CHECK(test::refusal([&] {
          search_plan(matrix<double>(2, 1), std::vector<elastic_span>{{0, 8}}, {{4096}, {0.5}});
        }) == "argument: search_plan: need a candidate that all heads can have under the limits; got none");
}

}  // namespace
}  // namespace LACUNA_ARCH
}  // namespace lacuna
