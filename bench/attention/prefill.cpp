// SPDX-License-Identifier: BSL-1.0
// Prefill of 8 query heads on 2 KV heads of 128 channels (a quarter of the layer of an 8B model: heads are independent),
// dense causal and with some of the 64x64 tiles kept, beside the peak of the product's own instruction.
//
//   round:  peak | causal | 50 % of its tiles | 25 % | 12 % | 6 % | causal, keys outer | peak | causal ...
#include <algorithm>
#include <lacuna/attention/prefill.hpp>
#include <lacuna/exec/openmp.hpp>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "attention/suite.hpp"
#include "support/machine.hpp"
#include "support/peak.hpp"

namespace bench {
namespace {

using namespace lacuna;

constexpr index_t heads = 8, kv_heads = 2, dim = 128, side = 64;

#ifdef _OPENMP
exec<openmp> where(int threads, workspace& memory) { return exec{openmp{threads}, native{}, &memory}; }
#else
exec<> where(int, workspace& memory) { return exec{serial{}, native{}, &memory}; }
#endif

constexpr long peak_turns =
    6000000;  // 10 ms: after 0.5 the clock has not risen yet, and the peak reads 10 % low

// The causal tiles of n tokens, of which a share is kept; those on the diagonal always.
struct kept_tiles {
  std::vector<std::int32_t> ptr{0}, idx;
  kept_tiles(index_t n, double share, std::mt19937& random) {
    std::uniform_real_distribution<double> uniform(0, 1);
    for (index_t z = 0; z * side < n; ++z) {
      for (index_t c = 0; c <= z; ++c)
        if (c == z || uniform(random) < share) idx.push_back(static_cast<std::int32_t>(c));
      ptr.push_back(static_cast<std::int32_t>(idx.size()));
    }
  }
  mask::block_csr view() const { return {ptr, idx, side, side}; }
};

struct prefill_case {
  std::string name;
  double share;  // percent of the causal tiles that were asked for
  loop_order order;
};
const std::vector<prefill_case> cases = {{"causal/queries_outer", 100, loop_order::queries_outer},
                                         {"tiles50/queries_outer", 50, loop_order::queries_outer},
                                         {"tiles25/queries_outer", 25, loop_order::queries_outer},
                                         {"tiles12/queries_outer", 12, loop_order::queries_outer},
                                         {"tiles6/queries_outer", 6, loop_order::queries_outer},
                                         {"causal/keys_outer", 100, loop_order::keys_outer},
                                         {"tiles12/keys_outer", 12, loop_order::keys_outer}};

struct outcome {
  double seconds = 0, kept = 0, flops = 0, peak = 0, dense = 0;
};

// All cases of one length and product, measured when the first of them is asked for.
template <class T>
class group {
 public:
  group(index_t n, const attention_options& o) : n_(n), options_(o) {}
  const std::vector<outcome>& results() {
    if (results_.empty()) measure();
    return results_;
  }

 private:
  void measure() {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> q(std::size_t(heads * n_ * dim)), k(std::size_t(kv_heads * n_ * dim)), v(k), out(q);
    for (auto* x : {&q, &k, &v})
      for (float& value : *x) value = uniform(random);
    std::vector<kept_tiles> tiles;
    for (const prefill_case& c : cases) {
      const double on_diagonal = 2.0 / static_cast<double>(n_ / side + 1), share = c.share / 100;
      tiles.emplace_back(n_, c.share == 100 ? 1.0 : std::max(0.0, (share - on_diagonal) / (1 - on_diagonal)),
                         random);
    }
    workspace memory;
    const auto run = [&](std::size_t i) {
      prefill(where(options_.threads, memory), head_view<const float>(q.data(), heads, n_, dim),
              head_view<const float>(k.data(), kv_heads, n_, dim),
              head_view<const float>(v.data(), kv_heads, n_, dim),
              head_view<float>(out.data(), heads, n_, dim), mask::causal{} & tiles[i].view(),
              prefill_options<T>{.order = cases[i].order});
    };
    std::vector<std::vector<double>> times(cases.size());
    std::vector<double> peaks;
    const double start = seconds_now();
    const int least = options_.quick ? 1 : 5;
    for (int round = -1; round < least || (round < 31 && seconds_now() - start < options_.seconds); ++round)
      for (std::size_t i = 0; i < cases.size(); ++i) {
        const double p = peak_round<kernel::product_of<simd::best, T>>(options_.threads, peak_turns),
                     before = seconds_now();
        run(i);
        const double t = seconds_now() - before;
        if (round >= 0) times[i].push_back(t), peaks.push_back(p);  // the first round only warms up
      }
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto count = static_cast<double>(tiles[i].idx.size());
      results_.push_back({median(times[i]), count / static_cast<double>(tiles[0].idx.size()),
                          count * 4 * side * side * dim * heads, median(peaks), median(times[0])});
    }
  }

  index_t n_;
  attention_options options_;
  std::vector<outcome> results_;
};

template <class T>
void add_group(index_t n, const char* product, const attention_options& o) {
  const auto all = std::make_shared<group<T>>(n, o);
  for (std::size_t i = 0; i < cases.size(); ++i)
    benchmark::RegisterBenchmark(("prefill/" + std::string(product) + "/t" + std::to_string(n) + "/" +
                                  cases[i].name + "/t" + std::to_string(o.threads))
                                     .c_str(),
                                 [all, i](benchmark::State& state) {
                                   const outcome& r = all->results()[i];
                                   for (auto _ : state) state.SetIterationTime(r.seconds);
                                   state.counters["GFLOP/s"] = r.flops / r.seconds * 1e-9;
                                   state.counters["peak"] = r.peak * 1e-9;
                                   state.counters["of_peak"] = r.flops / r.seconds / r.peak;
                                   state.counters["kept"] = r.kept;
                                   state.counters["of_dense"] = r.seconds / r.dense;
                                 })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
}

}  // namespace

void add_prefill_cases(const attention_options& o) {
  for (const index_t n : o.quick ? std::vector<index_t>{256} : std::vector<index_t>{1024, 2048, 4096, 8192}) {
    add_group<float>(n, "float", o);
    add_group<bf16>(n, "bf16", o);
  }
}

}  // namespace bench
