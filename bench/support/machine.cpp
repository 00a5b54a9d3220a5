// SPDX-License-Identifier: BSL-1.0
#include "support/machine.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#if __has_include(<unistd.h>)
#  include <unistd.h>
#endif

#include "support/peak.hpp"

namespace bench {

namespace {
clock_kind chosen = clock_kind::wall;
}  // namespace

void choose_clock(clock_kind kind) { chosen = kind; }

double seconds_now() {
#ifdef CLOCK_THREAD_CPUTIME_ID
  if (chosen == clock_kind::thread) {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
#endif
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown CPU";
}

std::size_t last_cache() {
  long bytes = 0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
  bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
  return bytes > 0 ? static_cast<std::size_t>(bytes) : std::size_t{32} << 20;
}

void insist_on_wide_openblas(char** argv) {
#if defined(__x86_64__) && defined(__linux__)
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr || !__builtin_cpu_supports("avx512vl")) return;
  setenv("OPENBLAS_CORETYPE", "SkylakeX", 1);
  execv("/proc/self/exe", argv);
#else
  (void)argv;
#endif
}

namespace {

LACUNA_NOINLINE std::uint64_t sum_words(const std::uint64_t* words, std::size_t n) {
  std::uint64_t sum[16] = {};  // independent, so that many loads are under way
  for (std::size_t i = 0; i + 16 <= n; i += 16)
    for (std::size_t u = 0; u < 16; ++u) sum[u] += words[i + u];
  std::uint64_t all = 0;
  for (const std::uint64_t s : sum) all += s;
  return all;
}

}  // namespace

double peak_flops(int threads) {
  // 70 ms a round: a second thread may wake up on the core of the first, and is moved after some.
  constexpr long turns = 20000000;
  double best = 0;
  for (int round = 0; round < 5; ++round) best = std::max(best, peak_round<float>(threads, turns));
  return best;
}

std::size_t plain_read(const std::vector<block>& blocks, int threads) {
  constexpr std::size_t piece = std::size_t{1} << 20;
  std::uint64_t all = 0;
  for (const block& b : blocks) {
    const auto pieces = static_cast<long>((b.bytes + piece - 1) / piece);
#ifdef _OPENMP
#  pragma omp parallel for num_threads(threads) schedule(dynamic, 1) reduction(+ : all)
#endif
    for (long p = 0; p < pieces; ++p) {
      const std::size_t first = static_cast<std::size_t>(p) * piece;
      all += sum_words(reinterpret_cast<const std::uint64_t*>(static_cast<const char*>(b.data) + first),
                       std::min(piece, b.bytes - first) / 8);
    }
  }
  (void)threads;
  return all;
}

}  // namespace bench
