#pragma once
// SPDX-License-Identifier: BSL-1.0
// Which format should this matrix be stored in, and what does it gain?
//
//   const auto r = plan::advise(w, {.keep = {0.5, 0.1}});            a dense w, pruned in turn to each share
//   const auto r = plan::advise(exec{openmp{2}}, a);                  a sparse a, kept as it is
//   std::cout << plan::table_text(r);                                 or plan::json_text(r)
//
// Every pattern x codec of the menu that can hold the matrix is built, checked against a product in double,
// and timed in interleaved rounds for each token count with `linear`. Peers are passed in; the library knows
// none.
#include <lacuna/plan/json.hpp>
#include <lacuna/plan/narrow.hpp>
#include <lacuna/plan/options.hpp>
#include <lacuna/plan/seeded.hpp>
#include <lacuna/plan/table.hpp>
#include <optional>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// The search: what all sections share.
template <std::same_as<pooled> Where>
class search {
 public:
  search(const Where& where, const options& o, index_t rows, index_t cols)
      : where_(where), o_(o), start_(seconds_now()) {
    check_options(o, rows, cols);
    index_t most = 0;
    for (const index_t t : o.tokens) most = std::max(most, t);
    x_ = normal_matrix(most, cols, 2);
    y_ = matrix<float>(most, rows);
    if (o.from_memory && !o.clock) read_.emplace();
    r_.rows = rows, r_.cols = cols, r_.tokens = o.tokens, r_.from_memory = o.from_memory;
    r_.threads = where.threads.width(), r_.simd = simd::best::name;
    left_ = 1;
  }

  /// A section about the matrix of `c`, whose forms are all that can hold it.
  void run_kept(const candidate& c) {
    say("recognising structure");
    lineup l{.most_bytes = o_.most_bytes, .narrow = o_.narrow};
    const structure s = add_all(l, c, [](const std::string&) { return true; });
    finish("as given", s, l);
  }

  /// Sections about dense w, pruned to each share.
  void run_pruned(const matrix_view<const float>& w) {
    const lineup dense_forms = as_given(w);
    left_ = static_cast<index_t>(o_.keep.size());
    for (const double keep : o_.keep) {
      lineup l = dense_forms;
      const std::string title = number_text("%g %% kept", keep * 100);
      say("pruning to " + title);
      const structure s = add_pruned(l, w, keep);
      add_structured(l, w, keep);
      finish(title, s, l);
    }
  }

  report result() {
    r_.seconds = seconds_now() - start_;
    return std::move(r_);
  }

 private:
  void say(const std::string& line) const {
    if (o_.progress) o_.progress(line);
  }

  /// Every pattern that `may(its name)` and can hold c.
  template <class May>
  structure add_all(lineup& l, const candidate& c, May&& may) {
    const structure s = recognise(c.a, may);
    const auto truth = std::make_shared<const oracle>(c.a, x_);
    for (std::size_t i = 0; i < s.fits.size(); ++i) {
      if (!s.fits[i].holds) continue;
      say("building " + s.fits[i].pattern + " of " + c.name);
      add_forms(l, where_, c, s, i, truth);
      if (l.narrow) add_narrow_forms(l, where_, c, s, i, truth);
    }
    if (may("peers"))
      for (const peer& p : o_.peers) add_peer(l, p, c, truth);
    return s;
  }

  lineup as_given(const matrix_view<const float>& w) {
    say("checking dense");
    lineup l{.most_bytes = o_.most_bytes, .narrow = o_.narrow};
    const candidate c{.name = "as given", .a = encode<csr, float>(w)};
    add_all(l, c, [](const std::string& name) { return name == dense::name(); });
    return l;
  }
  structure add_pruned(lineup& l, const matrix_view<const float>& w, double keep) {
    const candidate c = pruned(w, "pruned", holds::pruned, lacuna::keep::fraction{keep});
    return add_all(l, c, [](const std::string& name) { return name != dense::name(); });
  }
  void add_structured(lineup& l, const matrix_view<const float>& w, double keep) {
    for_each_type(prune_groups{}, [&](auto p) {
      using P = typename decltype(p)::type;
      if (std::fabs(static_cast<double>(P::N) / P::M - keep) > 0.005) return;
      add_structure<P>(l, w, count_text(P::N) + ":" + count_text(P::M), lacuna::keep::groups<P>{});
    });
    for_each_type(prune_blocks{}, [&](auto p) {
      using P = typename decltype(p)::type;
      add_structure<P>(l, w, shape_text(P::R, P::C), lacuna::keep::blocks<P::R, P::C>{keep});
    });
  }
  template <pattern P, class Keep>
  void add_structure(lineup& l, const matrix_view<const float>& w, const std::string& name,
                     const Keep& keep) {
    say("pruning to " + name);
    const candidate c = pruned(w, "pruned " + name, holds::structured, keep);
    add_all(l, c, [](const std::string& pattern) { return pattern == P::name(); });
  }

  /// Checks and times the lineup, and judges.
  void finish(const std::string& title, const structure& s, const lineup& l) {
    section out{.title = title,
                .structure = structure_text(s),
                .most_error = o_.most_error,
                .density = s.density(),
                .skipped = l.out};
    const std::size_t tokens = o_.tokens.size(), n = l.in.size();
    for (const contender& c : l.in) {
      out.forms.push_back(c.about);
      out.forms.back().at.resize(tokens);
      for (std::size_t t = 0; c.regime && t < tokens; ++t)
        out.forms.back().at[t].regime = c.regime(o_.tokens[t]);
      out.rotated += c.about.bytes;
    }
    if (read_) out.rotated += read_->bytes();
    std::vector<std::vector<double>> first(tokens, std::vector<double>(n));
    for (std::size_t t = 0; t < tokens; ++t) {
      say("checking " + count_text(n) + " forms at " + count_text(o_.tokens[t]) + " tokens");
      for (std::size_t i = 0; i < n; ++i)
        first[t][i] = check_form(l.in[i], o_.tokens[t], out.forms[i].at[t].error);
    }
    for (std::size_t t = 0; t < tokens; ++t) {
      say("timing at " + count_text(o_.tokens[t]) + " tokens");
      time_forms(l.in, first[t], t, out);
    }
    out.advice = judge(out, o_.tokens);
    r_.sections.push_back(std::move(out));
    --left_;
  }
  double check_form(const contender& c, index_t tokens, double& error) {
    const matrix_view<const float> x(x_.data(), tokens, x_.cols());
    const matrix_view<float> y(y_.data(), tokens, y_.cols());
    std::fill(y.data(), y.data() + tokens * y.cols(), std::numeric_limits<float>::quiet_NaN());
    const double seconds = time_once(c, x, y);
    error = c.truth->error_of(y);
    return seconds;
  }
  void time_forms(const std::vector<contender>& in, const std::vector<double>& first, std::size_t t,
                  section& out) {
    if (in.empty()) return;
    // What is left, shared among the sections to come and, within this one, the token counts to come.
    const double budget = (o_.seconds - (seconds_now() - start_)) / static_cast<double>(left_) /
                          static_cast<double>(o_.tokens.size() - t);
    const trial job{in,
                    first,
                    matrix_view<const float>(x_.data(), o_.tokens[t], x_.cols()),
                    matrix_view<float>(y_.data(), o_.tokens[t], y_.cols()),
                    budget,
                    o_.most_rounds};
    const timings found =
        o_.clock ? o_.clock(job) : stopwatch(where_.threads, read_ ? &*read_ : nullptr)(job);
    for (std::size_t i = 0; i < in.size(); ++i) {
      out.forms[i].at[t].seconds = found.of[i].seconds;
      out.forms[i].at[t].rounds = found.of[i].rounds;
    }
    out.read.push_back(found.read);
  }

  Where where_;
  const options& o_;
  double start_;
  index_t left_ = 1;  // sections to come, this one included
  matrix<float> x_, y_;
  std::optional<plain_read> read_;
  report r_;
};

/// Any threads policy as one type, so that kernels are instantiated once: f(pooled).
template <class Threads, class F>
report with_pool(const exec<Threads, native>& where, F&& f) {
  const auto parallel_for = [&](index_t n, const auto& piece) { where.threads.run(n, piece); };
  return f(pooled{pool_ref(parallel_for, where.threads.width()), {}});
}

/// The matrix as it is: structure, formats, speed. Fails with errc::argument on options out of range.
template <parallel Threads>
report advise(const exec<Threads, native>& where, const sparse_view<csr, float>& a, const options& o = {}) {
  return with_pool(where, [&](const pooled& pool) {
    search<pooled> s(pool, o, a.rows(), a.cols());
    s.run_kept({.name = "as given", .a = convert<csr>(a)});
    return s.result();
  });
}

/// A dense matrix, pruned to each of `o.keep`: by magnitude, and to structures of the same density.
template <parallel Threads>
report advise(const exec<Threads, native>& where, const matrix_view<const float>& w, const options& o = {}) {
  return with_pool(where, [&](const pooled& pool) {
    search<pooled> s(pool, o, w.rows(), w.cols());
    s.run_pruned(w);
    return s.result();
  });
}

template <std::same_as<options> Options = options>
report advise(const sparse_view<csr, float>& a, const Options& o = {}) {
  return advise(exec{}, a, o);
}
template <std::same_as<options> Options = options>
report advise(const matrix_view<const float>& w, const Options& o = {}) {
  return advise(exec{}, w, o);
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
