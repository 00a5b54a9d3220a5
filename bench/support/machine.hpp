#pragma once
// SPDX-License-Identifier: BSL-1.0
// What the numbers depend on: the CPU, its last cache, its measured limits, and peers that must know the CPU.
#include <cstddef>
#include <string>
#include <vector>

namespace bench {

/// Of the wall, or of this thread: what other programs take then does not count, what they do to caches does.
enum class clock_kind { wall, thread };
void choose_clock(clock_kind kind);
double seconds_now();
/// The middle one; of an even count the upper middle.
double median(std::vector<double> v);

std::string cpu_model();
/// Bytes, 32 MiB when the system does not say.
std::size_t last_cache();

/// OpenBLAS chooses its kernels when it is loaded, by a table of CPU models: a version older than the CPU
/// falls back to AVX2 (0.3.21 took 120 GFLOP/s of 264 on a Zen 5 that way), which would make every speed-up
/// over it false. So on a CPU with AVX-512 this starts the program anew with OPENBLAS_CORETYPE=SkylakeX,
/// unless the user has set it.
void insist_on_wide_openblas(char** argv);

/// FLOP/s of fma on float registers that are never stored, on so many threads.
double peak_flops(int threads);

struct block {
  const void* data;
  std::size_t bytes;
};
/// Reads all blocks as fast as plain loads can. Returns what was read, so that it must be.
std::size_t plain_read(const std::vector<block>& blocks, int threads);

}  // namespace bench
