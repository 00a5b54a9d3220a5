// SPDX-License-Identifier: BSL-1.0
//
// Attention: decode over caches, prefill over masks. Cases of a group are interleaved; README.md has the table.
//
//   bench_attention [--quick | --full] [--threads=N] [--seconds=S] [--benchmark_...]
#include <cstdlib>
#include <lacuna/simd/arch.hpp>
#include <lacuna/version.hpp>
#include <string>

#include "attention/suite.hpp"
#include "support/machine.hpp"

namespace {

// Takes our flags out of argv; Google Benchmark gets the rest.
bench::attention_options parse(int& argc, char** argv) {
  bench::attention_options o;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick")
      o.quick = true;
    else if (word == "--full")
      o.full = true;
    else if (word.rfind("--threads=", 0) == 0)
      o.threads = std::atoi(word.c_str() + 10);
    else if (word.rfind("--seconds=", 0) == 0)
      o.seconds = std::atof(word.c_str() + 10);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  if (o.threads < 1) o.threads = 1;
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::attention_options o = parse(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("lacuna", LACUNA_VERSION_STRING);
  benchmark::AddCustomContext("simd", lacuna::simd::best::name);
  benchmark::AddCustomContext("compiler", __VERSION__);
  benchmark::AddCustomContext("cpu_model", bench::cpu_model());
  benchmark::AddCustomContext("threads", std::to_string(o.threads));
  bench::add_decode_cases(o);
  bench::add_prefill_cases(o);
  bench::add_cascade_cases(o);
  bench::add_systems_cases(o);
  bench::add_prefill_systems_cases(o);
  const std::size_t run = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return run > 0 ? 0 : 1;
}
