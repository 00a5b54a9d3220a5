// SPDX-License-Identifier: BSL-1.0
// Decode of a batch that shares a prefix of 4096 tokens, 256 of each one's own, 32 query heads on 8 KV heads of 128: cascade
// beside decode of every whole sequence, each with a cache of its own, and with forks that share the prefix's pages.
//
//   ceiling   bytes of whole sequences over those of cascade, B (P + S) / (P + B S)
//   of_peak   of the prefix's products, had nothing else taken time
#include <functional>
#include <lacuna/attention/cascade.hpp>
#include <lacuna/exec/openmp.hpp>
#include <lacuna/kv.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "attention/suite.hpp"
#include "support/machine.hpp"

namespace bench {
namespace {

using namespace lacuna;

constexpr index_t kv_heads = 8, query_heads = 32, dim = 128;

#ifdef _OPENMP
exec<openmp> where(int threads, workspace& memory) { return exec{openmp{threads}, native{}, &memory}; }
#else
exec<> where(int, workspace& memory) { return exec{serial{}, native{}, &memory}; }
#endif

matrix<float> random_rows(index_t rows, index_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j) x(i, j) = normal(random);
  return x;
}

template <class Word>
class batch {
 public:
  using cache = kv_cache<Word>;
  batch(index_t sequences, index_t shared, index_t own)
      : prefix_(one(shared, 1)),
        sequences_(sequences),
        q_(random_rows(sequences * query_heads, dim, 3)),
        out_(sequences * query_heads, dim) {
    const auto k = random_rows(shared, kv_heads * dim, 1), v = random_rows(shared, kv_heads * dim, 2);
    const auto k1 = random_rows(own, kv_heads * dim, 4), v1 = random_rows(own, kv_heads * dim, 5);
    prefix_.append(k, v);
    root_.push_back(one(shared + sequences * (own + 64), sequences + 1));
    root_[0].append(k, v);
    for (index_t b = 0; b < sequences; ++b) {
      suffix_.push_back(one(own, 1));
      whole_.push_back(one(shared + own, 1));
      fork_.push_back(root_[0].fork());
      suffix_.back().append(k1, v1), whole_.back().append(k, v), whole_.back().append(k1, v1);
      fork_.back().append(k1, v1);
    }
    for (index_t b = 0; b < sequences; ++b) {
      const auto i = std::size_t(b);
      suffixes_.push_back(&suffix_[i]), wholes_.push_back(&whole_[i]), forks_.push_back(&fork_[i]);
    }
  }
  template <class T>
  void run_cascade(int threads) {
    cascade(where(threads, memory_), q_, prefix_, suffixes_, out_, cascade_options<T>{});
  }
  void run_whole(int threads) { decode(where(threads, memory_), q_, wholes_, out_); }
  void run_forks(int threads) { decode(where(threads, memory_), q_, forks_, out_); }

 private:
  static cache one(index_t tokens, index_t sequences) {
    return cache{
        {.kv_heads = kv_heads,
         .head_dim = int(dim),
         .page = 64,
         .max_bytes = (tokens + 256) * kv_heads * dim * index_t(sizeof(Word)) * 2 + (1 << 22) * sequences,
         .max_tokens = tokens,
         .sequences = sequences}};
  }
  cache prefix_;
  index_t sequences_;
  matrix<float> q_, out_;
  std::vector<cache> root_, suffix_, whole_, fork_;
  std::vector<const cache*> suffixes_, wholes_, forks_;
  workspace memory_;
};

struct outcome {
  double seconds = 0, whole = 0, forks = 0, peak = 0;
};

template <class Word>
class group {
 public:
  group(index_t sequences, const attention_options& o)
      : sequences_(sequences), shared_(o.quick ? 256 : 4096), own_(o.quick ? 32 : 256), options_(o) {}
  const std::vector<outcome>& results() {
    if (results_.empty()) measure();
    return results_;
  }
  double ceiling() const {
    const auto p = double(shared_), s = double(own_), b = double(sequences_);
    return b * (p + s) / (p + b * s);
  }
  double flops() const { return 4.0 * double(dim * query_heads * sequences_ * shared_); }

 private:
  void measure() {
    batch<Word> all(sequences_, shared_, own_);
    const int t = options_.threads;
    const std::function<void()> runs[] = {[&] { all.run_whole(t); }, [&] { all.run_forks(t); },
                                          [&] { all.template run_cascade<float>(t); },
                                          [&] { all.template run_cascade<bf16>(t); }};
    std::vector<std::vector<double>> times(4);
    std::vector<double> peaks;
    const double start = seconds_now();
    const int least = options_.quick ? 1 : 7;
    for (int round = -1; round < least || (round < 31 && seconds_now() - start < options_.seconds); ++round) {
      if (round >= 0) peaks.push_back(peak_flops(t));
      for (std::size_t i = 0; i < 4; ++i) {
        const double a = seconds_now();
        runs[i]();
        if (round >= 0) times[i].push_back(seconds_now() - a);
      }
    }
    for (std::size_t i = 2; i < 4; ++i)
      results_.push_back({median(times[i]), median(times[0]), median(times[1]), median(peaks)});
  }

  index_t sequences_, shared_, own_;
  attention_options options_;
  std::vector<outcome> results_;
};

template <class Word>
void add_group(const std::string& word, index_t sequences, const attention_options& o) {
  const auto all = std::make_shared<group<Word>>(sequences, o);
  for (std::size_t i = 0; i < 2; ++i)
    benchmark::RegisterBenchmark(("cascade/" + word + "/b" + std::to_string(sequences) +
                                  (i == 0 ? "/float" : "/bf16") + "/t" + std::to_string(o.threads))
                                     .c_str(),
                                 [all, i](benchmark::State& state) {
                                   const outcome& r = all->results()[i];
                                   for (auto _ : state) state.SetIterationTime(r.seconds);
                                   state.counters["vs_whole"] = r.whole / r.seconds;
                                   state.counters["vs_forks"] = r.forks / r.seconds;
                                   state.counters["ceiling"] = all->ceiling();
                                   state.counters["of_ceiling"] = r.whole / r.seconds / all->ceiling();
                                   state.counters["of_peak"] = all->flops() / r.seconds / r.peak;
                                 })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
}

}  // namespace

void add_cascade_cases(const attention_options& o) {
  for (const index_t b : o.quick ? std::vector<index_t>{4} : std::vector<index_t>{16, 64}) {
    add_group<bf16>("bf16_cache", b, o);
    if (!o.quick) add_group<float>("float_cache", b, o);
  }
}

}  // namespace bench
