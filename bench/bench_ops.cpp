// SPDX-License-Identifier: BSL-1.0
//
// The products: spmm and linear of every pattern and codec against our dense twin, other libraries and a
// plain read of the same bytes, all interleaved. Google Benchmark names, filters and writes the cases;
// README.md has the table.
//
//   bench_ops [--quick | --full] [--threads=N] [--clock=thread] [--seconds=S] [--rotate=MIB] [--benchmark_...]
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <lacuna/version.hpp>
#include <regex>

#include "ops/tournament.hpp"
#include "peers/peers.hpp"

namespace {

using bench::group, bench::outcome;

// Google Benchmark's own rule, on the names as it writes them: a leading minus means all that do not match.
std::function<bool(const std::string&)> wanted_by(const std::string& filter) {
  const bool all = filter.empty() || filter == "all", negative = !all && filter.front() == '-';
  const char* const text = all ? "." : filter.c_str() + (negative ? 1 : 0);
  return [negative, pattern = std::regex(text, std::regex::extended)](const std::string& name) {
    return std::regex_search(name + "/iterations:1/manual_time", pattern) != negative;
  };
}

// Every yardstick over this case: x_dense (ours, float, the faster of plain and packed), x_twin (the same in this
// codec), x_plain (this one, not packed), x_<peer>_dense, x_<peer>_sparse, and x_best_dense, the fastest of all floats.
void report_speed_ups(benchmark::State& state, const outcome& one, const std::vector<outcome>& all) {
  std::map<std::string, double> fastest;
  const auto compare = [&](const std::string& with, double t) {
    const auto [at, first] = fastest.emplace(with, t);
    if (!first) at->second = std::min(at->second, t);
  };
  for (const outcome& other : all) {
    const bench::label &a = one.about, &b = other.about;
    const double t = other.time.product;
    const bool is_float = b.codec == "float";
    if (!other.time.right) continue;
    if (b.dense() && is_float) compare("x_best_dense", t);
    if (b.ours()) {
      if (b.dense() && is_float) compare("x_dense", t);
      if (b.dense() && b.codec == a.codec) compare("x_twin", t);
      if (b.by == "native" && a.by == "packed" && b.pattern == a.pattern && b.codec == a.codec &&
          b.sparsity == a.sparsity)
        compare("x_plain", t);
    } else if (b.dense()) {
      compare("x_" + b.by + (is_float ? "_dense" : "_" + b.codec), t);
    } else if (b.sparsity == a.sparsity) {
      compare("x_" + b.by + "_sparse", t);
    }
  }
  for (const auto& [with, t] : fastest) state.counters[with] = t / one.time.product;
}

void report(benchmark::State& state, const group& g, const outcome& one, double peak) {
  const double t = one.time.product, flops = 2.0 * static_cast<double>(one.nnz * g.n);
  const double ends = 4.0 * static_cast<double>((g.rows + g.cols) * g.n),
               weights = static_cast<double>(one.bytes);
  state.counters["GFLOP/s"] = flops / t * 1e-9;
  state.counters["GB/s"] = (weights + ends) / t * 1e-9;
  state.counters["read_GB/s"] = weights / one.time.read * 1e-9;
  state.counters["of_read"] = one.time.read / t;
  state.counters["of_limit"] = std::max(one.time.read, flops / peak) / t;
  state.counters["bits"] = 8 * weights / static_cast<double>(one.rows * one.cols);
  state.counters["flops_per_byte"] = flops / (weights + ends);
  state.counters["rounds"] = one.time.rounds;
  state.counters["error"] = one.time.error;
}

void run_case(benchmark::State& state, bench::tournament& all, const group& g, std::size_t index,
              double peak) {
  const bench::label& about = all.entries()[index].about;
  const std::vector<outcome>& outcomes = all.results(g);
  for (const outcome& one : outcomes) {
    if (all.case_name(g, one.about) != all.case_name(g, about)) continue;
    if (!one.time.right) return state.SkipWithError("the product is wrong");
    for (auto _ : state) state.SetIterationTime(one.time.product);
    report(state, g, one, peak);
    report_speed_ups(state, one, outcomes);
  }
}

void add_context(const bench::tournament& all, const bench::options& o, double peak) {
  benchmark::AddCustomContext("lacuna", LACUNA_VERSION_STRING);
  benchmark::AddCustomContext("simd", lacuna::simd::best::name);
  benchmark::AddCustomContext("compiler", __VERSION__);
  benchmark::AddCustomContext("cpu_model", bench::cpu_model());
  benchmark::AddCustomContext("threads", std::to_string(o.threads));
  benchmark::AddCustomContext("clock", o.clock == bench::clock_kind::wall ? "wall" : "thread");
  benchmark::AddCustomContext("last_cache_MiB", std::to_string(bench::last_cache() >> 20));
  benchmark::AddCustomContext("rotated_MiB", std::to_string(all.rotation() >> 20));
  benchmark::AddCustomContext("peak_GFLOPs", std::to_string(peak * 1e-9));
  if (!bench::openblas_core().empty()) benchmark::AddCustomContext("openblas_core", bench::openblas_core());
}

// Takes our flags out of argv; Google Benchmark gets the rest.
bench::options parse(int& argc, char** argv) {
  bench::options o;
  const auto number = [](const std::string& word) {
    return std::atof(word.substr(word.find('=') + 1).c_str());
  };
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick")
      o.quick = true, o.seconds = 0.2, o.rotate_mib = 16;
    else if (word == "--full")
      o.full = true;
    else if (word.rfind("--threads=", 0) == 0)
      o.threads = std::max(1, static_cast<int>(number(word)));
    else if (word == "--clock=thread")
      o.clock = bench::clock_kind::thread;
    else if (word.rfind("--seconds=", 0) == 0)
      o.seconds = number(word);
    else if (word.rfind("--rotate=", 0) == 0)
      o.rotate_mib = number(word);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  if (o.threads > 1) o.clock = bench::clock_kind::wall;
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  bench::insist_on_wide_openblas(argv);
  const bench::options o = parse(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;

  bench::choose_clock(o.clock);
  bench::tournament all(o, wanted_by(benchmark::GetBenchmarkFilter()));
  const double peak = bench::peak_flops(o.threads);
  add_context(all, o, peak);
  for (const group& g : all.groups())
    for (std::size_t i = 0; i < all.entries().size(); ++i) {
      if (!all.has_case(g, all.entries()[i].about)) continue;
      benchmark::RegisterBenchmark(
          all.case_name(g, all.entries()[i].about).c_str(),
          [&all, g, i, peak](benchmark::State& state) { run_case(state, all, g, i, peak); })
          ->UseManualTime()
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
    }
  const std::size_t run = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return run > 0 ? 0 : 1;
}
