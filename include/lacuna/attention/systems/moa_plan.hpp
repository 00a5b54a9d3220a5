#pragma once
// SPDX-License-Identifier: BSL-1.0
// MoA's offline step (arXiv 2406.14909): how far each head looks back, as a rule that grows with the length.
//
//   elastic_span{.alpha = 1024, .eighths = 1}        at N tokens: 1024 + N / 8, in blocks of 64, and 64 sinks before all
//
//   losses [heads, candidates]       what each rule costs each head: moa_influence.hpp
//   search_plan(losses, {.lengths, .densities})      a rule for each head; the mean density keeps its limit at each length
//
// The paper solves a mixed integer program. Here: a greedy walk over upgrades by loss won per density spent, and the best
// plan with one rule for all heads when that is better; exact_plan, dynamic programming for one length, is its oracle.
#include <algorithm>
#include <cmath>
#include <lacuna/core/matrix.hpp>
#include <limits>
#include <vector>

namespace lacuna {

struct elastic_span {
  int alpha = 0, eighths = 8;  ///< tokens; eighths of the length

  static constexpr int block = 64, sinks = 64;
  /// Blocks of 64 that a query at the end of N tokens sees, its own among them, beside the sinks; never more than there are.
  LACUNA_INLINE constexpr index_t blocks(index_t N) const {
    const index_t whole = alpha >= 0 ? alpha / block : -((-alpha + block - 1) / block);
    const index_t n = whole + N * eighths / (8 * block), all = (N + block - 1) / block;
    return n < 0 ? 0 : n < all ? n : all;
  }
  LACUNA_INLINE constexpr index_t tokens(index_t N) const { return blocks(N) * block; }
  /// Keys that are kept of a cache of N tokens, sinks included, as a share of it.
  LACUNA_INLINE double density(index_t N) const {
    const index_t kept = tokens(N) + sinks;
    return N == 0 ? 1 : static_cast<double>(kept < N ? kept : N) / static_cast<double>(N);
  }
  friend constexpr bool operator==(const elastic_span&, const elastic_span&) = default;
};

/// The limits of a plan: `densities[i]`, the mean over heads, at `lengths[i]`.
struct plan_limits {
  std::vector<index_t> lengths{4096, 8192, 12288, 16384};
  std::vector<double> densities{0.5, 0.5, 0.5, 0.5};
};

inline namespace LACUNA_ARCH {

/// The paper's candidates: alpha -1024 .. 8192 in steps of 1024, beta in eighths; those with a token at 1024, and with
/// spans of at most N at the longest length.
inline std::vector<elastic_span> moa_candidates(index_t longest) {
  std::vector<elastic_span> all;
  for (int alpha = -1024; alpha <= 8192; alpha += 1024)
    for (int eighths = 0; eighths <= 8; ++eighths)
      if (alpha + 1024 * eighths / 8 > 0 && alpha + longest * eighths / 8 <= longest)
        all.push_back({alpha, eighths});
  return all;
}

/// The mean density of a plan.
inline double plan_density(array_view<const elastic_span> plan, index_t N) {
  double sum = 0;
  for (const elastic_span& s : plan) sum += s.density(N);
  return plan.size() == 0 ? 0 : sum / static_cast<double>(plan.size());
}

}  // namespace LACUNA_ARCH

namespace detail {
inline namespace LACUNA_ARCH {

/// What plans are searched with: cost[candidate][length], and losses [head][candidate].
struct plan_search {
  matrix_view<const double> losses;
  std::vector<std::vector<double>> cost;
  std::vector<double> room;  // density of all heads together, of each length

  bool fits(const std::vector<double>& used) const {
    for (std::size_t l = 0; l < room.size(); ++l)
      if (used[l] > room[l] * (1 + 1e-12)) return false;
    return true;
  }
  double loss(const std::vector<index_t>& plan) const {
    double sum = 0;
    for (std::size_t h = 0; h < plan.size(); ++h) sum += losses(static_cast<index_t>(h), plan[h]);
    return sum;
  }
  /// What the step of a head from candidate a to b asks of the fullest length.
  double price(std::size_t a, std::size_t b) const {
    double most = 0;
    for (std::size_t l = 0; l < room.size(); ++l)
      most = std::max(most, (cost[b][l] - cost[a][l]) / std::max(room[l], 1e-300));
    return most;
  }
};

/// All heads at the candidate `least`, then the best step that still fits, until none is left.
inline std::vector<index_t> greedy_plan(const plan_search& s, index_t least) {
  const auto heads = static_cast<std::size_t>(s.losses.rows()), kinds = s.cost.size();
  std::vector<index_t> plan(heads, least);
  std::vector<double> used(s.room.size());
  for (std::size_t l = 0; l < used.size(); ++l)
    used[l] = s.cost[static_cast<std::size_t>(least)][l] * static_cast<double>(heads);
  for (;;) {
    double best = 0;
    std::size_t head = heads, kind = 0;
    for (std::size_t h = 0; h < heads; ++h) {
      const auto now = static_cast<std::size_t>(plan[h]);
      for (std::size_t c = 0; c < kinds; ++c) {
        const double won = s.losses(static_cast<index_t>(h), plan[h]) -
                           s.losses(static_cast<index_t>(h), static_cast<index_t>(c));
        if (!(won > 0)) continue;
        const double worth = won / std::max(s.price(now, c), 1e-12);
        if (worth <= best) continue;
        std::vector<double> then = used;
        for (std::size_t l = 0; l < used.size(); ++l) then[l] += s.cost[c][l] - s.cost[now][l];
        if (s.fits(then)) best = worth, head = h, kind = c;
      }
    }
    if (head == heads) return plan;
    for (std::size_t l = 0; l < used.size(); ++l)
      used[l] += s.cost[kind][l] - s.cost[static_cast<std::size_t>(plan[head])][l];
    plan[head] = static_cast<index_t>(kind);
  }
}

}  // namespace LACUNA_ARCH
}  // namespace detail

inline namespace LACUNA_ARCH {

/// A rule for each head: losses [heads, candidates] are least under the limits, as far as a greedy walk finds. Never worse
/// than one rule for all. Fails with errc::shape, and errc::argument when no candidate fits for all heads.
inline std::vector<elastic_span> search_plan(matrix_view<const double> losses,
                                             array_view<const elastic_span> candidates,
                                             const plan_limits& limits = {}) {
  const auto lengths = static_cast<index_t>(limits.lengths.size());
  if (losses.cols() != candidates.size() || limits.densities.size() != limits.lengths.size() || lengths == 0)
    fail(errc::shape, "search_plan: need losses [heads, candidates] and a density for each length; got " +
                          shape_text(losses.rows(), losses.cols()) + " for " + count_text(candidates.size()) +
                          " candidates, " + count_text(static_cast<index_t>(limits.densities.size())) +
                          " densities for " + count_text(lengths) + " lengths");
  detail::plan_search s{losses, {}, {}};
  for (const double d : limits.densities) s.room.push_back(d * static_cast<double>(losses.rows()));
  for (const elastic_span& c : candidates) {
    s.cost.emplace_back();
    for (const index_t n : limits.lengths) s.cost.back().push_back(c.density(n));
  }
  std::vector<index_t> best;
  const auto take = [&](std::vector<index_t> plan) {
    if (best.empty() || s.loss(plan) < s.loss(best)) best = std::move(plan);
  };
  index_t least = -1;
  for (index_t c = 0; c < candidates.size(); ++c) {  // one rule for all; the cheapest of them starts the walk
    std::vector<double> all = s.cost[static_cast<std::size_t>(c)];
    for (double& x : all) x *= static_cast<double>(losses.rows());
    if (!s.fits(all)) continue;
    take(std::vector<index_t>(static_cast<std::size_t>(losses.rows()), c));
    if (least < 0 ||
        s.cost[static_cast<std::size_t>(c)].back() < s.cost[static_cast<std::size_t>(least)].back())
      least = c;
  }
  if (least < 0)
    fail(errc::argument, "search_plan: need a candidate that all heads can have under the limits; got none");
  take(detail::greedy_plan(s, least));
  std::vector<elastic_span> plan;
  for (const index_t c : best) plan.push_back(candidates.data()[c]);
  return plan;
}

/// The best plan under one limit at one length, by dynamic programming over blocks: heads * candidates * blocks steps.
/// Fails with errc::argument when none fits.
inline std::vector<elastic_span> exact_plan(matrix_view<const double> losses,
                                            array_view<const elastic_span> candidates, index_t length,
                                            double density) {
  const index_t H = losses.rows(), C = candidates.size(), unit = elastic_span::block;
  const auto blocks_of = [&](const elastic_span& s) {
    return static_cast<index_t>(std::llround(s.density(length) * static_cast<double>(length) / unit));
  };
  const auto room = static_cast<index_t>(density * static_cast<double>(H * length) / unit + 1e-9);
  constexpr double never = std::numeric_limits<double>::infinity();
  const auto W = static_cast<std::size_t>(room + 1);
  std::vector<double> best(W, 0.0);  // of the heads so far, with at most so many blocks
  std::vector<std::vector<std::int32_t>> choice;
  for (index_t h = 0; h < H; ++h) {
    std::vector<double> now(W, never);
    choice.emplace_back(W, -1);
    for (index_t c = 0; c < C; ++c)
      for (index_t w = blocks_of(candidates.data()[c]); w <= room; ++w) {
        const double x = best[static_cast<std::size_t>(w - blocks_of(candidates.data()[c]))] + losses(h, c);
        if (x < now[static_cast<std::size_t>(w)])
          now[static_cast<std::size_t>(w)] = x,
          choice.back()[static_cast<std::size_t>(w)] = static_cast<std::int32_t>(c);
      }
    best = now;
  }
  if (!(best.back() < never))
    fail(errc::argument, "exact_plan: need a density that some plan keeps; got " + std::to_string(density));
  std::vector<elastic_span> plan(static_cast<std::size_t>(H));
  index_t w = room;
  for (index_t h = H - 1; h >= 0; --h) {
    plan[static_cast<std::size_t>(h)] =
        candidates.data()[choice[static_cast<std::size_t>(h)][static_cast<std::size_t>(w)]];
    w -= blocks_of(plan[static_cast<std::size_t>(h)]);
  }
  return plan;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
