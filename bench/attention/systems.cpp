// SPDX-License-Identifier: BSL-1.0
// Every decode system beside dense bf16 on synthetic heads: 32 query heads on 8 KV heads of 128 channels, paper's amounts.
//
//   round:  dense, copy r | quest, copy r | quest's selection alone | kinetics ...        medians over rounds
//
// Copies of a cache rotate over at least 256 MiB, and all other systems read theirs before a copy comes again. Where a list
// serves several steps, time is that of one step that makes it and of the others that reuse it, in their share.
#include <algorithm>
#include <functional>
#include <lacuna/attention/decode.hpp>
#include <lacuna/attention/systems/double_sparsity.hpp>
#include <lacuna/attention/systems/duo_attention.hpp>
#include <lacuna/attention/systems/infllm_v2.hpp>
#include <lacuna/attention/systems/kinetics.hpp>
#include <lacuna/attention/systems/lserve.hpp>
#include <lacuna/attention/systems/nsa.hpp>
#include <lacuna/attention/systems/quest.hpp>
#include <lacuna/attention/systems/shadow_kv.hpp>
#include <lacuna/attention/systems/streaming_llm.hpp>
#include <lacuna/exec/openmp.hpp>
#include <lacuna/kv.hpp>
#include <memory>
#include <string>
#include <vector>

#include "attention/suite.hpp"
#include "support/heads.hpp"
#include "support/machine.hpp"

namespace bench {
namespace {

using namespace lacuna;

constexpr index_t kv_heads = 8, group = 4, query_heads = kv_heads * group, dim = 128, labels = 16;

#ifdef _OPENMP
exec<openmp> where(int threads, workspace& memory) { return exec{openmp{threads}, native{}, &memory}; }
#else
exec<> where(int, workspace& memory) { return exec{serial{}, native{}, &memory}; }
#endif

/// Four mixes go round the KV heads; dense attention in double.
struct world {
  std::vector<test::synthetic_head> heads;
  matrix<float> q{query_heads, dim}, dense{query_heads, dim};
  std::vector<std::vector<double>> weights;  // [query head][token]

  explicit world(index_t tokens) {
    for (const auto& mix : test::usual_mixes()) {
      test::head_options o;
      o.tokens = tokens, o.group = group, o.mix = mix, o.seed = heads.size() + 1;
      heads.push_back(test::make_head(o));
    }
    for (index_t r = 0; r < query_heads; ++r) {
      const auto& h = of(r / group);
      for (index_t d = 0; d < dim; ++d) q(r, d) = h.q(r % group, d);
      weigh(r, h);
    }
  }
  const test::synthetic_head& of(index_t kv_head) const { return heads[std::size_t(kv_head) % heads.size()]; }
  /// The channels of a KV head whose |q k| are largest: what Double Sparsity calibrates.
  void add_labels(index_t kv_head, std::vector<std::int32_t>& list) const {
    const auto& h = of(kv_head);
    std::vector<double> size(std::size_t(dim), 0);
    for (index_t t = 0; t < h.k.rows(); t += 7)
      for (index_t d = 0; d < dim; ++d)
        for (index_t g = 0; g < group; ++g)
          size[std::size_t(d)] += std::fabs(double(h.k(t, d)) * double(h.q(g, d)));
    std::vector<std::int32_t> order;
    for (index_t d = 0; d < dim; ++d) order.push_back(std::int32_t(d));
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return size[std::size_t(a)] > size[std::size_t(b)]; });
    list.insert(list.end(), order.begin(), order.begin() + labels);
  }

 private:
  void weigh(index_t r, const test::synthetic_head& h) {
    std::vector<double> w;
    double most = -1e300, all = 0;
    for (index_t t = 0; t < h.k.rows(); ++t) {
      double s = 0;
      for (index_t d = 0; d < dim; ++d) s += double(q(r, d)) * double(h.k(t, d));
      w.push_back(s / std::sqrt(double(dim)));
      most = std::max(most, w.back());
    }
    for (double& x : w) all += x = std::exp(x - most);
    std::vector<double> sum(std::size_t(dim), 0);
    for (index_t t = 0; t < h.k.rows(); ++t) {
      w[std::size_t(t)] /= all;
      for (index_t d = 0; d < dim; ++d) sum[std::size_t(d)] += w[std::size_t(t)] * double(h.v(t, d));
    }
    for (index_t d = 0; d < dim; ++d) dense(r, d) = float(sum[std::size_t(d)]);
    weights.push_back(std::move(w));
  }
};

/// What a system kept and how far it is off: CRA is the least share of the dense attention of a query head.
struct quality {
  double kept = 0, cra = 1, mass = 0, error = 0;
};
struct outcome {
  double seconds = 0, select = 0;
};

struct system_case {
  std::string name;
  double sidecar = 0;  // bytes of the summary read in a step over those of all keys and values
  int steps = 1;       // that a list serves
  int copies = 1;
  std::function<void(int copy, int threads, bool anew)> run;
  std::function<void(int copy, int threads)> select;  // none: dense
  std::function<quality()> judge;
};

template <class Cache>
struct kind {
  std::vector<Cache> copies;
  std::shared_ptr<const world> of;
  matrix<float> out{query_heads, dim};
  workspace memory;

  template <class... Summaries>
  kind(std::shared_ptr<const world> w, int page, index_t count, const Summaries&... summaries) : of(w) {
    const index_t tokens = w->heads[0].k.rows();
    for (index_t c = 0; c < count; ++c) {
      copies.emplace_back(kv_options{.kv_heads = kv_heads,
                                     .head_dim = int(dim),
                                     .page = page,
                                     .max_bytes = tokens * kv_heads * dim * 8 + (index_t{64} << 20),
                                     .max_tokens = tokens,
                                     .lists = group},
                          summaries...);
      for (index_t h = 0; h < kv_heads; ++h) copies.back().append(h, w->of(h).k, w->of(h).v);
    }
  }
};

template <class Cache, class Selector>
quality judge(kind<Cache>& k, const Selector& s, const decode_options& o) {
  quality got;
  const auto& cache = k.copies[0];
  const auto lists = choose(exec{}, k.of->q, cache, s, o);
  const page_lists all(lists.refs, lists.start);
  decode(exec{}, k.of->q, cache, k.out, s, o);
  double off = 0, size = 0;
  for (index_t r = 0; r < query_heads; ++r) {
    double mass = 0, kept = 0;
    for (const page_ref& ref : all.list(all.count() == query_heads ? r : r / group))
      for (int t = 0; t < cache.shape().page; ++t)
        if ((ref.tokens >> t & 1) != 0) {
          mass += k.of->weights[std::size_t(r)]
                               [std::size_t(ref.page) * std::size_t(cache.shape().page) + std::size_t(t)];
          ++kept;
        }
    got.kept += kept / double(cache.tokens(0)) / query_heads;
    got.mass += mass / query_heads, got.cra = std::min(got.cra, mass);
    for (index_t d = 0; d < dim; ++d) {
      const double a = double(k.out(r, d)), b = double(k.of->dense(r, d));
      off += (a - b) * (a - b), size += b * b;
    }
  }
  got.error = std::sqrt(off / size);
  return got;
}

template <class Cache, class Selector>
system_case make_case(const std::string& name, std::shared_ptr<kind<Cache>> k, const Selector& s,
                      double sidecar, int steps = 1) {
  const decode_options o{.layer = 2};  // layers 0 and 1 are dense in some systems
  system_case c{name, sidecar, steps, int(k->copies.size()), {}, {}, {}};
  const auto forget = [k](std::size_t copy) {
    for (index_t h = 0; h < kv_heads; ++h)
      for (index_t g = 0; g < group; ++g)
        if (selection* const m = k->copies[copy].memory_of_list(h, g)) m->made_at = -1;
  };
  c.run = [k, s, o, forget, steps](int copy, int threads, bool anew) {
    if (anew && steps > 1) forget(std::size_t(copy));
    decode(where(threads, k->memory), k->of->q, k->copies[std::size_t(copy)], k->out, s, o);
  };
  c.select = [k, s, o, forget, steps](int copy, int threads) {
    if (steps > 1) forget(std::size_t(copy));
    choose(where(threads, k->memory), k->of->q, k->copies[std::size_t(copy)], s, o);
  };
  c.judge = [k, s, o] { return judge(*k, s, o); };
  return c;
}

template <class Cache>
system_case dense_case(std::shared_ptr<kind<Cache>> k) {
  system_case c{"dense", 0, 1, int(k->copies.size()), {}, {}, {}};
  c.run = [k](int copy, int threads, bool) {
    decode(where(threads, k->memory), k->of->q, k->copies[std::size_t(copy)], k->out);
  };
  c.judge = [k] { return quality{1, 1, 1, 0}; };
  return c;
}

template <class Cache>
void add_top(std::vector<system_case>& all, std::shared_ptr<kind<Cache>> k, int page) {
  using pages = select::top_k<estimate::box_bound<>, pool::up, budget::share>;
  all.push_back(make_case("top10_pages" + std::to_string(page), k, pages{.budget = {.of = 0.1}}, 1.0 / page));
}

std::vector<system_case> cases_of(index_t tokens, bool quick) {
  const auto w = std::make_shared<const world>(tokens);
  const auto count =
      quick ? 1 : std::max<index_t>(2, (index_t{256} << 20) / (tokens * kv_heads * dim * 4) + 1);
  std::vector<std::int32_t> list;
  for (index_t h = 0; h < kv_heads; ++h) w->add_labels(h, list);
  using small = kv_cache<bf16, bf16, summary::box, summary::mean, summary::channels, summary::landmarks>;
  const auto p16 = std::make_shared<kind<small>>(
      w, 16, count, summary::box{.unit = 16}, summary::mean{.unit = 16},
      summary::channels{.count = labels, .list = list}, summary::landmarks{.unit = 8});
  using large = kv_cache<bf16, bf16, summary::box, summary::mean>;
  const auto p64 = std::make_shared<kind<large>>(w, 64, count, summary::box{.unit = 16},
                                                 summary::mean{.unit = 32, .stride = 16});
  using boxed = kv_cache<bf16, bf16, summary::box>;
  const auto top32 = std::make_shared<kind<boxed>>(w, 32, count, summary::box{.unit = 32});
  const auto top64 = std::make_shared<kind<boxed>>(w, 64, count, summary::box{.unit = 64});
  std::vector<system_case> all{dense_case(p64)};
  add_top(all, p16, 16), add_top(all, top32, 32), add_top(all, top64, 64);
  all.push_back(make_case("quest", p16, quest{}, 1.0 / 16));
  all.push_back(make_case("quest_per_head", p16, basic_quest<reduce::per_head>{}, 1.0 / 16));
  all.push_back(make_case("kinetics", p16, kinetics{}, 1.0 / 32));
  all.push_back(make_case("lserve", p64, lserve{.streaming = 0x33}, 0.5 / 16 / 4, 4));
  all.push_back(make_case("streaming_llm", p64, streaming_llm{}, 0));
  all.push_back(make_case("duo_attention", p64, duo_attention{.streaming = 0x33}, 0));
  all.push_back(make_case("double_sparsity", p16, double_sparsity{}, double(labels) / dim / 2));
  all.push_back(make_case("infllm_v2", p64, infllm_v2{}, 1.0 / 32));
  all.push_back(make_case("nsa_blocks", p64, nsa_blocks<summary::mean>{}, 1.0 / 32));
  all.push_back(make_case("shadow_kv", p16, shadow_kv{}, 1.0 / 16));
  return all;
}

class group_of_cases {
 public:
  group_of_cases(index_t tokens, const attention_options& o) : tokens_(tokens), options_(o) {}
  static std::vector<std::string> names() {
    return {"dense",           "top10_pages16", "top10_pages32", "top10_pages64", "quest",
            "quest_per_head",  "kinetics",      "lserve",        "streaming_llm", "duo_attention",
            "double_sparsity", "infllm_v2",     "nsa_blocks",    "shadow_kv"};
  }
  void show(benchmark::State& state, std::size_t i) {
    if (results_.empty()) measure();
    const outcome& r = results_[i];
    const quality& k = judged_[i];
    for (auto _ : state) state.SetIterationTime(r.seconds);
    const double ceiling = 1 / (sidecars_[i] + k.kept), gain = results_[0].seconds / r.seconds;
    state.counters["kept"] = k.kept;
    state.counters["cra"] = k.cra;
    state.counters["mass"] = k.mass;
    state.counters["error"] = k.error;
    state.counters["select"] = r.select / results_[0].seconds;
    state.counters["vs_dense"] = gain;
    state.counters["ceiling"] = ceiling;
    state.counters["of_ceiling"] = gain / ceiling;
  }

 private:
  void measure() {
    auto all = cases_of(tokens_, options_.quick);
    const int threads = options_.threads;
    std::vector<std::vector<double>> made(all.size()), reused(all.size()), chosen(all.size());
    const double start = seconds_now();
    const int least = options_.quick ? 1 : 9;
    const auto timed = [&](const auto& f) {
      const double from = seconds_now();
      f();
      return seconds_now() - from;
    };
    for (int round = -1; round < least || (round < 61 && seconds_now() - start < options_.seconds); ++round)
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& c = all[i];
        const int copy = (round + 1) % c.copies, other = (round + 1 + c.copies / 2) % c.copies;
        const double a = timed([&] { c.run(copy, threads, true); });
        const double b = c.steps > 1 ? timed([&] { c.run(other, threads, false); }) : a;
        const double s = c.select ? timed([&] { c.select(other, threads); }) : 0;
        if (round < 0) continue;  // the first round only warms up
        made[i].push_back(a), reused[i].push_back(b), chosen[i].push_back(s);
      }
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double n = all[i].steps;
      results_.push_back({(median(made[i]) + (n - 1) * median(reused[i])) / n, median(chosen[i]) / n});
      judged_.push_back(all[i].judge());
      sidecars_.push_back(all[i].sidecar);
    }
  }

  index_t tokens_;
  attention_options options_;
  std::vector<outcome> results_;
  std::vector<quality> judged_;
  std::vector<double> sidecars_;
};

}  // namespace

void add_systems_cases(const attention_options& o) {
  for (const index_t n :
       o.quick ? std::vector<index_t>{512} : std::vector<index_t>{4096, 16384, 32768, 65536}) {
    const auto all = std::make_shared<group_of_cases>(n, o);
    for (std::size_t i = 0; i < group_of_cases::names().size(); ++i)
      benchmark::RegisterBenchmark(("systems/decode/" + group_of_cases::names()[i] + "/t" +
                                    std::to_string(n) + "/t" + std::to_string(o.threads))
                                       .c_str(),
                                   [all, i](benchmark::State& state) { all->show(state, i); })
          ->UseManualTime()
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace bench
