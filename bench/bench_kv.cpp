// SPDX-License-Identifier: BSL-1.0
//
// What writing a cache costs: pruning of rows, packing of pages, a token of all heads.
//
//   bench_kv [--quick] [--benchmark_...]
//
//   prune/bf16/d128/keep64    2^18 (cached: 2^11) rows of 128 bf16, masks and kept values, beside the masks alone, std::nth_element on a 32nd of
//                             the rows, and a plain read of the rows
//   append/<keys>/<values>    one token of 8 heads of 128 channels at 4096 tokens, packs included, beside a decode step of a
//                             dense bf16 cache of that length and of the cache itself
// Contenders take turns in every round; times are medians.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <lacuna/attention/decode.hpp>
#include <lacuna/kv.hpp>
#include <map>
#include <string>
#include <vector>

#include "support/machine.hpp"

namespace {

using namespace lacuna;

constexpr index_t dim = 128, heads = 8, group = 4, tokens = 4096;

/// Values like those of a model: near a bell curve, one channel larger.
float value_at(std::uint64_t n, index_t channel) {
  float sum = 0;
  for (int i = 0; i < 3; ++i) {
    std::uint64_t z = (3 * n + static_cast<std::uint64_t>(i)) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    sum += static_cast<float>(static_cast<std::int64_t>(z ^ (z >> 27)) >> 40) * 0x1p-23f;
  }
  return channel == 7 ? 4 * sum : sum;
}
matrix<float> values(index_t rows, index_t cols, std::uint64_t seed) {
  matrix<float> m(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j)
      m(i, j) = value_at(static_cast<std::uint64_t>(i * cols + j) + (seed << 40), j % dim);
  return m;
}

/// Median seconds of every contender, in turns.
std::vector<double> medians(int rounds, const std::vector<std::function<void()>>& contenders) {
  std::vector<std::vector<double>> times(contenders.size());
  for (int r = -1; r < rounds; ++r)
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      const double start = bench::seconds_now();
      contenders[i]();
      if (r >= 0) times[i].push_back(bench::seconds_now() - start);
    }
  std::vector<double> m;
  for (auto& t : times) m.push_back(bench::median(t));
  return m;
}

struct amounts {
  int rounds = 21;
  index_t rows = 1 << 18;
};

/// `passes` over the rows: few rows stay in a cache, as those of a tail do.
void prune(benchmark::State& state, index_t keep, amounts a, int passes) {
  buffer<bf16> x(a.rows * dim), kept(a.rows * keep);
  buffer<std::uint64_t> masks(a.rows * mask_words(dim));
  for (index_t i = 0; i < x.size(); ++i) x[i] = bf16(value_at(static_cast<std::uint64_t>(i), i % dim));
  const matrix_view<const bf16> rows(x.data(), a.rows, dim);
  std::uint32_t sink = 0;
  const auto nth = [&] {
    std::uint32_t magnitude[dim];
    for (index_t t = 0; t < a.rows; t += 32) {
      for (index_t c = 0; c < dim; ++c) magnitude[c] = rows(t, c).bits & 0x7fffu;
      std::nth_element(magnitude, magnitude + keep - 1, magnitude + dim, std::greater<>{});
      sink += magnitude[keep - 1];
    }
  };
  const auto each = [&](auto f) {
    return [f, passes] {
      for (int p = 0; p < passes; ++p) f();
    };
  };
  const auto t = medians(
      a.rounds,
      {each([&] { prune_rows(rows, keep, array_view<std::uint64_t>(masks), array_view<bf16>(kept)); }),
       each([&] { exact_k(rows, keep, array_view<std::uint64_t>(masks)); }), each(nth), each([&] {
         benchmark::DoNotOptimize(bench::plain_read({{x.data(), x.bytes()}}, 1));
       })});
  benchmark::DoNotOptimize(sink);
  const double n = static_cast<double>(a.rows) * passes;
  for (auto _ : state) state.SetIterationTime(t[0]);
  state.counters["Mrows/s"] = n / t[0] * 1e-6;
  state.counters["masks_Mrows/s"] = n / t[1] * 1e-6;
  state.counters["nth_element_Mrows/s"] = n / 32 / t[2] * 1e-6;
  state.counters["read_Mrows/s"] = n / t[3] * 1e-6;
  state.counters["of_read"] = t[3] / t[0];
}

/// A step over the first `count` of some caches, another one each time.
template <class Cache>
struct decoder {
  std::vector<Cache> caches;
  matrix<float> q = values(heads * group, dim, 9), out{heads * group, dim};
  workspace memory{decode_floats(1, 1, heads, heads* group, tokens + 1024, {static_cast<int>(dim), 64})};
  std::size_t next = 0;

  decoder(int copies, kv_options o, const matrix<float>& k, const matrix<float>& v) {
    for (int c = 0; c < copies; ++c) {
      caches.emplace_back(o);
      caches.back().append(k, v);
    }
  }
  void step() { decode(exec{serial{}, native{}, &memory}, q, caches[next++ % caches.size()], out); }
};

template <class K, class V = K, class Tail = detail::automatic_tail>
void append(benchmark::State& state, amounts a) {
  // 256 tokens are a whole batch, so each median has its share of packing.
  constexpr index_t batch = 256;
  const auto k = values(tokens, heads * dim, 1), v = values(tokens, heads * dim, 2);
  kv_options o{.kv_heads = heads, .head_dim = dim, .max_bytes = 80 << 20};
  decoder<kv_cache<bf16>> dense(6, o, k, v);
  decoder<kv_cache<K, V, Tail>> own(6, o, k, v);
  kv_cache<K, V, Tail> c(o), bulk(o);
  c.append(k, v);
  const auto one_by_one = [&] {
    for (index_t t = 0; t < batch; ++t)
      c.append(k.view().block(t, 0, 1, heads * dim), v.view().block(t, 0, 1, heads * dim));
    if (c.tokens(0) > tokens + 1024) c.truncate(tokens);
  };
  const auto all = [&] {
    bulk.truncate(0);
    bulk.append(k, v);
  };
  const auto t = medians(a.rounds, {one_by_one, all, [&] { dense.step(); }, [&] { own.step(); }});
  const double token = t[0] / static_cast<double>(batch);
  for (auto _ : state) state.SetIterationTime(token);
  state.counters["us/token"] = token * 1e6;
  state.counters["bulk_us/token"] = t[1] / static_cast<double>(tokens) * 1e6;
  state.counters["bulk_Mrows/s"] = 2 * static_cast<double>(tokens * heads) / t[1] * 1e-6;
  state.counters["of_dense_step_%"] = 100 * token / t[2];
  state.counters["of_own_step_%"] = 100 * token / t[3];
  state.counters["page_bytes"] = static_cast<double>(c.page_bytes());
}

}  // namespace

int main(int argc, char** argv) {
  amounts a;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--quick")
      a = {1, 1 << 12};
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const std::string& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run)
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  };
  for (const index_t keep : {64, 40})
    for (const bool cached : {false, true})
      add("prune/bf16/d128/keep" + std::to_string(keep) + (cached ? "/cached" : ""),
          [=](benchmark::State& s) {
            prune(s, keep, {a.rounds, cached ? index_t{2048} : a.rows}, cached ? 64 : 1);
          });
  add("append/bf16/bf16", [a](benchmark::State& s) { append<bf16>(s, a); });
  add("append/int8/int8", [a](benchmark::State& s) { append<int8<per_row>>(s, a); });
  add("append/int4/int4", [a](benchmark::State& s) { append<int4<32>>(s, a); });
  add("append/channelwise_int4/int4",
      [a](benchmark::State& s) { append<channelwise<int4<32>>, int4<32>>(s, a); });
  add("append/pruned_bf16/pruned_bf16", [a](benchmark::State& s) { append<pruned<bf16>>(s, a); });
  add("append/pruned_int8/pruned_int8", [a](benchmark::State& s) { append<pruned<int8<per_row>>>(s, a); });
  benchmark::RunSpecifiedBenchmarks();
}
