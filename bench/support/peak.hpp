#pragma once
// SPDX-License-Identifier: BSL-1.0
// FLOP/s of fma, or of dot_bf16, on registers alone.
#include <lacuna/attention/prefill/micro.hpp>

#include "support/machine.hpp"

namespace bench {

// 12 chains cover 2 ports x 4 cycles on every CPU we know. Each starts elsewhere: equal chains are one to a compiler.
inline constexpr int peak_chains = 12;

template <class T>
LACUNA_NOINLINE void run_chains(long turns, float* out) {
  using A = lacuna::simd::best;
  using step = lacuna::kernel::word_step<T>;
  lacuna::simd::f32<A> sum[peak_chains];
  lacuna::simd::unroll<peak_chains>(
      [&](auto i) LACUNA_LAMBDA { sum[i] = lacuna::simd::set<A>(static_cast<float>(i)); });
  const auto a = step::template all<A>(out), b = step::template all<A>(out + 1);
  for (long t = 0; t < turns; ++t)
    lacuna::simd::unroll<peak_chains>([&](auto i)
                                          LACUNA_LAMBDA { sum[i] = step::template add<A>(sum[i], a, b); });
  lacuna::simd::unroll<peak_chains>([&](auto i) LACUNA_LAMBDA { out[0] += lacuna::simd::sum(sum[i]); });
}

/// One round; T is float or bf16.
template <class T>
double peak_round(int threads, long turns) {
  const double start = seconds_now();
#ifdef _OPENMP
#  pragma omp parallel for num_threads(threads)
#endif
  for (int t = 0; t < threads; ++t) {
    float out[2] = {1e-3f, 1e-3f};
    run_chains<T>(turns, out);
    asm volatile("" : : "m"(out));
  }
  return 2.0 * peak_chains * lacuna::kernel::word_step<T>::per * lacuna::simd::best::lanes *
         static_cast<double>(turns) * threads / (seconds_now() - start);
}

}  // namespace bench
