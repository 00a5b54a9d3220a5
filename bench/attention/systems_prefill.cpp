// SPDX-License-Identifier: BSL-1.0
// Every system of sparse prefill beside dense causal on synthetic heads: 8 query heads on 4 KV heads of 128 channels, one
// mix of attention for each, paper's amounts, float products.
//
//   round:  dense | sample_attention_v1 | its selection alone | ...        medians over rounds
#include <bit>
#include <functional>
#include <lacuna/attention/sampled/cra.hpp>
#include <lacuna/attention/sampled/rows.hpp>
#include <lacuna/attention/systems/dhsa.hpp>
#include <lacuna/attention/systems/flex_prefill.hpp>
#include <lacuna/attention/systems/minference.hpp>
#include <lacuna/attention/systems/sample_attention.hpp>
#include <lacuna/attention/systems/static_masks.hpp>
#include <lacuna/attention/systems/x_attention.hpp>
#include <lacuna/exec/openmp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "attention/suite.hpp"
#include "support/heads.hpp"
#include "support/machine.hpp"

namespace bench {
namespace {

using namespace lacuna;

constexpr index_t kv_heads = 4, group = 2, query_heads = kv_heads * group, dim = 128;

#ifdef _OPENMP
exec<openmp> where(int threads, workspace& memory) { return exec{openmp{threads}, native{}, &memory}; }
#else
exec<> where(int, workspace& memory) { return exec{serial{}, native{}, &memory}; }
#endif

struct tensors {
  index_t tokens;
  std::vector<float> q, k, v, out, dense;
  workspace memory;

  explicit tensors(index_t n) : tokens(n) {
    const auto mixes = test::usual_mixes();
    for (index_t h = 0; h < kv_heads; ++h) {
      test::head_options o;
      o.tokens = n, o.queries = n, o.group = group, o.mix = mixes[std::size_t(h) % mixes.size()];
      o.seed = std::uint64_t(h + 1);
      const auto made = test::make_head(o);
      q.insert(q.end(), made.q.data(), made.q.data() + group * n * dim);
      k.insert(k.end(), made.k.data(), made.k.data() + n * dim);
      v.insert(v.end(), made.v.data(), made.v.data() + n * dim);
    }
    out.resize(q.size()), dense.resize(q.size());
  }
  head_view<const float> queries() const { return {q.data(), query_heads, tokens, dim}; }
  head_view<const float> keys() const { return {k.data(), kv_heads, tokens, dim}; }
  head_view<const float> values() const { return {v.data(), kv_heads, tokens, dim}; }
  head_view<float> to(std::vector<float>& rows) const { return {rows.data(), query_heads, tokens, dim}; }
};

/// CRA is the least share of the dense attention that a row keeps, of every 61st row.
struct quality {
  double kept = 1, cra = 1, mass = 1, error = 0;
};
struct prefill_case {
  std::string name;
  std::function<void(int threads)> run, select;
  std::function<quality()> judge;
};

template <class M>
double kept_pairs(const M& mask, const std::vector<index_t>& rows, index_t tokens) {
  double kept = 0, all = 0;
  for (index_t h = 0; h < query_heads; ++h) {
    const auto own = mask::of_head(mask, h);
    for (const index_t r : rows) {
      for (index_t k0 = 0; k0 <= r && k0 < tokens; k0 += 64)
        kept += double(std::popcount(own.row(r, k0) & mask::first_bits(r + 1 - k0)));
      all += double(r + 1);
    }
  }
  return kept / all;
}

template <class System>
prefill_case make_case(const std::string& name, std::shared_ptr<tensors> t, const System& s) {
  prefill_case c{name, {}, {}, {}};
  c.run = [t, s](int threads) {
    prefill(where(threads, t->memory), t->queries(), t->keys(), t->values(), t->to(t->out), s);
  };
  c.select = [t, s](int threads) { choose(where(threads, t->memory), t->queries(), t->keys(), s); };
  c.judge = [t, s] {
    quality got;
    prefill(exec{}, t->queries(), t->keys(), t->values(), t->to(t->out), s);
    double off = 0, size = 0;
    for (std::size_t i = 0; i < t->out.size(); ++i) {
      const double a = double(t->out[i]), b = double(t->dense[i]);
      off += (a - b) * (a - b), size += b * b;
    }
    const auto kept = choose(exec{}, t->queries(), t->keys(), s);
    std::vector<index_t> rows;
    for (index_t r = t->tokens % 61; r < t->tokens; r += 61) rows.push_back(r);
    const auto mass = retained_mass(exec{}, t->queries(), t->keys(), array_view<const index_t>(rows),
                                    mask::causal{}, mask::causal{} & kept.mask());
    got.kept = kept_pairs(kept.mask(), rows, t->tokens);
    got.cra = mass.least, got.mass = mass.mean, got.error = std::sqrt(off / size);
    return got;
  };
  return c;
}

std::vector<prefill_case> cases_of(index_t tokens) {
  const auto t = std::make_shared<tensors>(tokens);
  prefill_case dense{"dense", {}, {}, [] { return quality{}; }};
  dense.run = [t](int threads) {
    prefill(where(threads, t->memory), t->queries(), t->keys(), t->values(), t->to(t->dense), mask::causal{});
  };
  std::vector<prefill_case> all{dense};
  all.push_back(make_case("sample_attention_v1", t, sample_attention_v1{}));
  all.push_back(make_case("sample_attention_v2", t, sample_attention_v2{}));
  all.push_back(make_case("sample_attention_v2_least", t, sample_attention_v2{.least = 0.95}));
  all.push_back(make_case("a_shape", t, a_shape{.window = 1024}));
  all.push_back(make_case("vertical_slash", t, vertical_slash{.slashes = 1000}));
  all.push_back(make_case("block_top", t, block_top{}));
  all.push_back(make_case("flex_prefill", t, flex_prefill{}));
  all.push_back(make_case("x_attention", t, x_attention{}));
  all.push_back(make_case("s2_attention", t, s2_attention{}));
  all.push_back(make_case("dhsa", t, dhsa{}));
  return all;
}
std::vector<std::string> case_names() {
  return {"dense",
          "sample_attention_v1",
          "sample_attention_v2",
          "sample_attention_v2_least",
          "a_shape",
          "vertical_slash",
          "block_top",
          "flex_prefill",
          "x_attention",
          "s2_attention",
          "dhsa"};
}

class group_of_cases {
 public:
  group_of_cases(index_t tokens, const attention_options& o) : tokens_(tokens), options_(o) {}
  void show(benchmark::State& state, std::size_t i) {
    if (seconds_.empty()) measure();
    const quality& k = judged_[i];
    for (auto _ : state) state.SetIterationTime(seconds_[i]);
    const double gain = seconds_[0] / seconds_[i];
    state.counters["kept"] = k.kept;
    state.counters["cra"] = k.cra;
    state.counters["mass"] = k.mass;
    state.counters["error"] = k.error;
    state.counters["select"] = select_[i] / seconds_[0];
    state.counters["vs_dense"] = gain;
    state.counters["ceiling"] = 1 / k.kept;
    state.counters["of_ceiling"] = gain * k.kept;
  }

 private:
  void measure() {
    const auto all = cases_of(tokens_);
    const int threads = options_.threads;
    std::vector<std::vector<double>> times(all.size()), chosen(all.size());
    const auto timed = [&](const auto& f) {
      const double from = seconds_now();
      f();
      return seconds_now() - from;
    };
    const double start = seconds_now();
    const int least = options_.quick ? 1 : 3;
    for (int round = options_.quick || tokens_ > 8192 ? 0 : -1;
         round < least || (round < 31 && seconds_now() - start < options_.seconds); ++round)
      for (std::size_t i = 0; i < all.size(); ++i) {
        const double a = timed([&] { all[i].run(threads); });
        const double s = all[i].select ? timed([&] { all[i].select(threads); }) : 0;
        if (round >= 0) times[i].push_back(a), chosen[i].push_back(s);
      }
    for (std::size_t i = 0; i < all.size(); ++i) {
      seconds_.push_back(median(times[i])), select_.push_back(median(chosen[i]));
      judged_.push_back(all[i].judge());
    }
  }

  index_t tokens_;
  attention_options options_;
  std::vector<double> seconds_, select_;
  std::vector<quality> judged_;
};

}  // namespace

void add_prefill_systems_cases(const attention_options& o) {
  for (const index_t n :
       o.quick ? std::vector<index_t>{256} : std::vector<index_t>{2048, 4096, 8192, 16384}) {
    const auto all = std::make_shared<group_of_cases>(n, o);
    for (std::size_t i = 0; i < case_names().size(); ++i)
      benchmark::RegisterBenchmark(
          ("systems/prefill/" + case_names()[i] + "/t" + std::to_string(n) + "/t" + std::to_string(o.threads))
              .c_str(),
          [all, i](benchmark::State& state) { all->show(state, i); })
          ->UseManualTime()
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace bench
