#pragma once
// SPDX-License-Identifier: BSL-1.0
// Synthetic attention heads that stand in for a model's: Q, K (both after RoPE) and V of one KV head and its group of
// query heads, with stated shares of the attention. For tests and benches; seeded, the same with every library.
//
//   sinks      the first keys             a direction of slow pairs that only they have
//   local      keys a few tokens back     a carrier the others share; rotation makes q.k fall as e^(-distance / decay)
//   diagonals  keys at fixed offsets      the same carrier, the query rotated back by the offset
//   columns    1-2 % of keys, in runs     a direction of slow pairs that only they have, of uneven strength
//   diffuse    the rest                   random logits
//   outliers   a few key channels are 10 times larger, in pairs that do not turn within the context
//
// A head's strengths are solved for on 24 of its rows, or on each one of up to 4, so that their mean shares are those
// asked for. A needle is a key that one row attends with its own margin: score = ln sum e^(other scores) + margin, which
// is `margin` over ln N above the mean weight.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Shares of the attention; what is left of 1 is diffuse.
struct head_mix {
  double sinks = 0.4, local = 0.2, columns = 0.15, diagonals = 0.05;
  index_t sink_tokens = 4;
  double decay = 12;            ///< tokens
  double column_share = 0.015;  ///< of the keys
  index_t column_run = 4;       ///< keys side by side
  std::vector<index_t> offsets{512, 1365};
  double spread = 1;  ///< standard deviation of the diffuse logits
};
/// Row `query` (from 0, of the rows that exist) attends key `key`.
struct needle {
  index_t query, key;
  double margin = 6;
};
struct head_options {
  index_t tokens = 4096,
          queries = 1;  ///< queries are the last ones: row r is at position tokens - queries + r
  index_t head_dim = 128, group = 4;  ///< head_dim: a multiple of 4 from 32 on
  head_mix mix{};
  double rope_base = 500000;
  index_t outliers = 3;
  double outlier = 10;
  std::vector<needle> needles{};
  std::uint64_t seed = 1;
};

/// Q[group * queries, head_dim] (row g * queries + r), K, V [tokens, head_dim].
struct synthetic_head {
  head_options made;
  matrix<float> q, k, v;
  std::vector<index_t> columns;  ///< keys, ascending
  index_t position(index_t r) const { return made.tokens - made.queries + r; }
};
/// Shares of a row's attention, as the generator counts them, and the needles'.
struct head_shares {
  double sinks = 0, local = 0, columns = 0, diagonals = 0, diffuse = 0, needles = 0;
};

namespace heads {

enum part { sinks, local, columns, diagonals, parts };

inline float normal(random_source& r) {  // a sum of four uniforms of 16 bits: variance 1
  const std::uint64_t x = r.next();
  const auto sum = static_cast<float>((x & 0xffff) + (x >> 16 & 0xffff) + (x >> 32 & 0xffff) + (x >> 48));
  return (sum - 2 * 65535.0f) * (1.7320508f / 65536.0f);
}
/// Turns adjacent pairs of a row to a position (RoPE).
inline void rotate(std::vector<double>& row, double position, double base) {
  const auto n = row.size();
  for (std::size_t c = 0; c < n; c += 2) {
    const double angle = position * std::pow(base, -static_cast<double>(c) / static_cast<double>(n));
    const double x = row[c], y = row[c + 1], co = std::cos(angle), si = std::sin(angle);
    row[c] = x * co - y * si, row[c + 1] = x * si + y * co;
  }
}

/// What a head is made of before its strengths are known.
struct skeleton {
  const head_options& o;
  std::size_t dim, fast, slow;  // carrier: channels [0, fast); directions: [slow, dim - outlier channels)
  std::vector<double> carrier, sink, column;  // of length sqrt(dim)
  explicit skeleton(const head_options& from, random_source& r)
      : o(from), dim(std::size_t(from.head_dim)), fast(dim / 4 * 2), slow(dim / 8 * 6) {
    carrier.assign(dim, 0);
    for (std::size_t c = 0; c < fast; c += 2) {  // weights of a Lorentzian: its transform is e^(-|x| / decay)
      const double x = o.mix.decay * std::pow(o.rope_base, -double(c) / double(dim));
      carrier[c] = std::sqrt(x / (1 + x * x));
    }
    sink = direction(r), column = direction(r);
    double along = 0;  // apart: two directions of a few channels may be alike
    for (std::size_t c = 0; c < dim; ++c) along += sink[c] * column[c] / double(dim);
    for (std::size_t c = 0; c < dim; ++c) column[c] -= along * sink[c];
    for (auto* v : {&carrier, &sink, &column}) to_length(*v);
  }
  std::vector<double> direction(random_source& r) const {
    std::vector<double> v(dim, 0);
    for (std::size_t c = slow; c < dim - 4; ++c) v[c] = double(normal(r));
    return v;
  }
  void to_length(std::vector<double>& v) const {
    double sum = 0;
    for (const double x : v) sum += x * x;
    for (double& x : v) x *= std::sqrt(double(dim) / sum);
  }
  /// The direction of a query at `position` along which it meets a part, after RoPE; scores rise by its strength.
  std::vector<double> meets(int p, index_t position, std::size_t offset) const {
    std::vector<double> v = p == sinks ? sink : p == columns ? column : carrier;
    const auto back = p == diagonals ? double(o.mix.offsets[offset]) : 0.0;
    rotate(v, double(position) - back, o.rope_base);
    for (double& x : v) x /= std::sqrt(double(dim));
    return v;
  }
};

inline std::vector<index_t> choose_columns(const head_options& o, random_source& r) {
  const auto run = std::max<index_t>(1, o.mix.column_run);
  const auto from = o.mix.sink_tokens / run + 1, runs = o.tokens / run;
  const auto count = index_t(std::ceil(double(o.tokens) * o.mix.column_share / double(run)));
  std::vector<index_t> all;
  for (index_t i = 0; i < count && runs > from; ++i) {
    const index_t first = (from + r.below(runs - from)) * run;
    for (index_t j = 0; j < run; ++j) all.push_back(first + j);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

inline void make_keys(const skeleton& s, synthetic_head& h, random_source& r) {
  const head_options& o = s.o;
  std::vector<double> row(s.dim);
  std::size_t next = 0;
  for (index_t t = 0; t < o.tokens; ++t) {
    const bool is_sink = t < o.mix.sink_tokens;
    const bool is_column = next < h.columns.size() && h.columns[next] == t;
    const double strength = is_column ? 1 + 0.06 * double(normal(r)) : 0;
    next += is_column ? 1 : 0;
    for (std::size_t c = 0; c < s.dim; ++c) {
      const double size = c < s.fast || c >= s.slow || is_sink ? 0.3 : is_column ? 0.6 : 1;
      row[c] = (is_sink ? s.sink[c] : s.carrier[c]) + size * double(normal(r)) + strength * s.column[c];
    }
    for (std::size_t i = 0; i < std::size_t(o.outliers); ++i)
      row[s.dim - 1 - i] = o.outlier * (i % 2 ? -1 : 1) * (1 + 0.1 * double(normal(r)));
    rotate(row, double(t), o.rope_base);
    for (std::size_t c = 0; c < s.dim; ++c) h.k(t, index_t(c)) = float(row[c]);
    for (index_t c = 0; c < o.head_dim; ++c) h.v(t, c) = normal(r) * (is_sink ? 0.1f : 1.0f);
  }
}

/// The part that key t is counted to by a query at `position`.
inline int part_of(const synthetic_head& h, index_t position, index_t t) {
  const head_mix& m = h.made.mix;
  if (t < m.sink_tokens) return sinks;
  if (std::binary_search(h.columns.begin(), h.columns.end(), t)) return columns;
  const auto reach = double(m.decay) * 2;
  if (double(position - t) <= reach) return local;
  for (const index_t offset : m.offsets)
    if (std::fabs(double(position - offset - t)) <= reach) return diagonals;
  return parts;
}

inline double want_of(const head_mix& m, int p) {
  return p == sinks ? m.sinks : p == local ? m.local : p == columns ? m.columns : m.diagonals;
}

inline double dot(const synthetic_head& h, const std::vector<double>& q, index_t t) {
  double sum = 0;
  const float* const k = &h.k(t, 0);
  for (std::size_t c = 0; c < q.size(); ++c) sum += q[c] * double(k[c]);
  return sum / std::sqrt(double(q.size()));
}

/// A row's query without its parts: the diffuse logits.
inline std::vector<double> diffuse_query(const skeleton& s, random_source& r) {
  std::vector<double> q(s.dim);
  const double size = s.o.mix.spread * std::sqrt(double(s.dim) / double(s.slow - s.fast));
  for (std::size_t c = 0; c < s.dim; ++c)
    q[c] = (c >= s.fast && c < s.slow ? size : c >= s.dim - 4 ? 0.1 : 0.05) * double(normal(r));
  return q;
}
/// Part p of a query at `position`: diagonals together are one part, each of its offsets with equal strength.
inline std::vector<double> part_query(const skeleton& s, int p, index_t position) {
  if (p != diagonals) return s.meets(p, position, 0);
  std::vector<double> all(s.dim, 0);
  for (std::size_t i = 0; i < s.o.mix.offsets.size(); ++i)
    if (s.o.mix.offsets[i] <= position) {
      const auto v = s.meets(p, position, i);
      for (std::size_t c = 0; c < s.dim; ++c) all[c] += v[c];
    }
  return all;
}

/// One row's scores, linear in the strengths; solves for those by rescaling each part's share against the diffuse one.
struct sample {
  std::vector<std::array<float, parts + 1>> term;  // by key: of each part, and the diffuse one
  std::vector<unsigned char> is;
  double ln_keys = 0;
  sample(const skeleton& s, const synthetic_head& h, index_t position, const std::vector<double>& rest) {
    ln_keys = std::log(double(position + 1));
    term.resize(std::size_t(position + 1)), is.resize(term.size());
    for (int p = 0; p <= parts; ++p) {
      const bool none = p < parts && want_of(s.o.mix, p) <= 0;
      const auto q = p == parts ? rest : part_query(s, p, position);
      for (index_t t = 0; t <= position; ++t)
        term[std::size_t(t)][std::size_t(p)] = none ? 0 : float(dot(h, q, t));
    }
    for (index_t t = 0; t <= position; ++t)
      is[std::size_t(t)] = static_cast<unsigned char>(part_of(h, position, t));
  }
  std::array<double, parts + 1> shares(const std::array<double, parts>& strength) const {
    std::vector<double> score(term.size());
    double most = -1e300, all = 0;
    for (std::size_t t = 0; t < term.size(); ++t) {
      score[t] = double(term[t][parts]);
      for (std::size_t p = 0; p < parts; ++p)
        if (strength[p] != 0) score[t] += (strength[p] + ln_keys) * double(term[t][p]);
      most = std::max(most, score[t]);
    }
    std::array<double, parts + 1> share{};
    for (std::size_t t = 0; t < term.size(); ++t) {
      const double w = std::exp(score[t] - most);
      share[is[t]] += w, all += w;
    }
    for (double& x : share) x /= all;
    return share;
  }
};

inline std::array<double, parts> solve(const skeleton& s, const std::vector<sample>& rows) {
  std::array<double, parts> strength{}, want{};
  double rest = 1;
  for (int p = 0; p < parts; ++p) {
    want[std::size_t(p)] = want_of(s.o.mix, p), rest -= want[std::size_t(p)];
    if (want[std::size_t(p)] > 0) strength[std::size_t(p)] = -1.0;
  }
  rest = std::max(rest, 0.01);
  double worst = 1;
  for (int step = 0; step < 100 && worst > 0.03; ++step) {
    worst = 0;
    std::array<double, parts + 1> mean{};
    for (const sample& row : rows) {
      const auto share = row.shares(strength);
      for (std::size_t p = 0; p <= parts; ++p) mean[p] += share[p] / double(rows.size());
    }
    for (std::size_t p = 0; p < parts; ++p)
      if (want[p] > 0) {
        const double off = std::log(want[p] / std::max(mean[p], 1e-9)) - 0.5 * std::log(rest / mean[parts]);
        strength[p] += std::clamp(0.5 * off, -1.0, 1.0);
        worst = std::max(worst, std::fabs(off));
      }
  }
  return strength;
}

/// Strengths that give up to 24 rows spread over the later three quarters their mean shares.
inline std::array<double, parts> solve_rows(const skeleton& s, const synthetic_head& h) {
  const index_t n = s.o.queries, samples = std::min<index_t>(n, 24);
  std::vector<sample> rows;
  for (index_t i = 0; i < samples; ++i) {
    random_source own(s.o.seed + 17u + std::uint64_t(i));
    const index_t row = n / 4 + i * (n - 1 - n / 4) / (samples - 1);
    rows.emplace_back(s, h, h.position(row), diffuse_query(s, own));
  }
  return solve(s, rows);
}

/// Plants the needles of one row, for every query of the group: keys first (plant_keys), then the queries.
inline std::vector<double> needle_direction(const skeleton& s, const needle& n) {
  random_source r(s.o.seed * 1000003u + std::uint64_t(n.key) * 7919u + 5);
  std::vector<double> v(s.dim, 0);
  for (std::size_t c = 0; c < s.dim - 4; ++c) v[c] = double(normal(r));
  s.to_length(v);
  return v;
}
inline void plant_keys(const skeleton& s, synthetic_head& h) {
  std::vector<index_t> done;
  for (const needle& n : s.o.needles) {
    if (n.query < 0 || n.query >= s.o.queries || n.key < 0 || n.key > h.position(n.query))
      fail(errc::argument,
           "make_head: need a needle at a key that its query sees; got key " + count_text(n.key));
    if (std::find(done.begin(), done.end(), n.key) != done.end()) continue;
    done.push_back(n.key);
    const auto v = needle_direction(s, n);
    for (std::size_t c = 0; c < s.dim; ++c) h.k(n.key, index_t(c)) += float(v[c]);
  }
}
inline void meet_needles(const skeleton& s, const synthetic_head& h, index_t r, std::vector<double>& q) {
  std::vector<needle> mine;
  for (const needle& n : s.o.needles)
    if (n.query == r) mine.push_back(n);
  for (int sweep = 0; sweep < 8 && !mine.empty(); ++sweep)
    for (const needle& n : mine) {
      double most = -1e300, sum = 0;
      std::vector<double> others;
      for (index_t t = 0; t <= h.position(r); ++t)
        if (std::none_of(mine.begin(), mine.end(), [&](const needle& m) { return m.key == t; }))
          others.push_back(dot(h, q, t)), most = std::max(most, others.back());
      for (const double x : others) sum += std::exp(x - most);
      const double off = most + std::log(sum) + n.margin - dot(h, q, n.key);
      const auto v = needle_direction(s, n);
      for (std::size_t c = 0; c < s.dim; ++c) q[c] += off * v[c] / std::sqrt(double(s.dim));
    }
}

}  // namespace heads

/// Shares of row r of query head g. Needles are counted apart from what they stand on.
inline head_shares shares_of(const synthetic_head& h, index_t g, index_t r) {
  std::vector<double> q(std::size_t(h.made.head_dim));
  for (std::size_t c = 0; c < q.size(); ++c) q[c] = double(h.q(g * h.made.queries + r, index_t(c)));
  const index_t position = h.position(r);
  std::vector<double> score;
  for (index_t t = 0; t <= position; ++t) score.push_back(heads::dot(h, q, t));
  const double most = *std::max_element(score.begin(), score.end());
  double by[heads::parts + 2] = {}, all = 0;
  for (index_t t = 0; t <= position; ++t) {
    const auto& n = h.made.needles;
    const bool is =
        std::any_of(n.begin(), n.end(), [&](const needle& x) { return x.query == r && x.key == t; });
    const double w = std::exp(score[std::size_t(t)] - most);
    by[is ? heads::parts + 1 : heads::part_of(h, position, t)] += w, all += w;
  }
  return {by[0] / all, by[1] / all, by[2] / all, by[3] / all, by[4] / all, by[5] / all};
}

/// Fails with errc::argument for sizes that it cannot make.
inline synthetic_head make_head(const head_options& o) {
  if (o.head_dim < 32 || o.head_dim % 4 != 0 || o.queries < 1 || o.queries > o.tokens || o.group < 1 ||
      o.outliers < 0 || o.outliers > 4)
    fail(errc::argument, "make_head: need head_dim >= 32, 1 <= queries <= tokens, at most 4 outliers; got " +
                             shape_text(o.tokens, o.head_dim) + ", " + count_text(o.queries) + " queries");
  synthetic_head h{o,
                   matrix<float>(o.group * o.queries, o.head_dim),
                   matrix<float>(o.tokens, o.head_dim),
                   matrix<float>(o.tokens, o.head_dim),
                   {}};
  random_source r(o.seed);
  const heads::skeleton s(h.made, r);
  h.columns = heads::choose_columns(o, r);
  heads::make_keys(s, h, r);
  const bool each = o.queries <= 4;  // a few rows are solved for one by one
  std::array<double, heads::parts> strength{};
  if (!each) strength = heads::solve_rows(s, h);
  heads::plant_keys(s, h);
  for (index_t i = 0; i < o.queries; ++i) {
    const index_t at = h.position(i);
    std::vector<std::vector<double>> part;
    for (int p = 0; p < heads::parts; ++p) part.push_back(heads::part_query(s, p, at));
    for (index_t g = 0; g < o.group; ++g) {
      auto q = heads::diffuse_query(s, r);
      if (each) strength = heads::solve(s, {heads::sample(s, h, at, q)});
      for (std::size_t p = 0; p < heads::parts; ++p)
        if (strength[p] != 0)
          for (std::size_t c = 0; c < s.dim; ++c)
            q[c] += (strength[p] + std::log(double(at + 1))) * part[p][c];
      heads::meet_needles(s, h, i, q);
      for (std::size_t c = 0; c < s.dim; ++c) h.q(g * o.queries + i, index_t(c)) = float(q[c]);
    }
  }
  return h;
}

/// Mixes that a bench of many heads goes round: balanced, local, sinks and columns, diffuse.
inline std::vector<head_mix> usual_mixes() {
  head_mix balanced, near, vertical, flat;
  near.sinks = 0.3, near.local = 0.4, near.columns = 0.05, near.diagonals = 0.05;
  vertical.sinks = 0.45, vertical.local = 0.1, vertical.columns = 0.35, vertical.diagonals = 0;
  flat.sinks = 0.35, flat.local = 0.1, flat.columns = 0.1, flat.diagonals = 0;
  return {balanced, near, vertical, flat};
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
