// SPDX-License-Identifier: BSL-1.0
//
// Runs both copies of kernel.cpp, the wide one where the CPU has AVX-512. Were a function of the wide copy
// kept for the narrow one, an older CPU would stop in `narrow` with an illegal instruction.

#include <cstdio>

double narrow();
double wide();

namespace {

// Asked here, in an object with the narrow flags: the first instruction of `wide` may already be too much.
bool runs_wide() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq");
#else
  return true;
#endif
}

}  // namespace

int main() {
  const double by_narrow = narrow(), by_wide = runs_wide() ? wide() : 0;
  std::printf("narrow: wrong by %g\nwide: wrong by %g%s\n", by_narrow, by_wide,
              runs_wide() ? "" : " (skipped, this CPU does not run it)");
  return by_narrow == 0 && by_wide == 0 ? 0 : 1;
}
