// SPDX-License-Identifier: BSL-1.0
//
// One program for old and new CPUs: the same kernel compiled under several -march, chosen when it runs.
//
//   main.cpp      narrow flags: reads, prunes and stores, asks the CPU once, holds a pointer to a function
//   layer.cpp     narrow, v3 and v4 flags: the loops             (CMakeLists.txt has the recipe)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <lacuna/prune.hpp>
#include <random>
#include <vector>

#include "layer.hpp"

namespace {

// Widest first. x86-64-v4 and -v3 mean more than is asked here, but no CPU has these without the rest.
std::vector<layer> layers_of_this_cpu() {
  std::vector<layer> found;
#ifdef __x86_64__
  const bool v3 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (v4) found.push_back(layer_v4());
  if (v3) found.push_back(layer_v3());
#endif
  found.push_back(layer_base());
  return found;
}

}  // namespace

int main() {
  lacuna::matrix<float> w(512, 1024), x(4, 1024), y(4, 512), first(4, 512);
  std::mt19937 bits(1);
  std::normal_distribution<float> value;
  for (lacuna::index_t i = 0; i < w.rows() * w.cols(); ++i) w.data()[i] = value(bits);
  for (lacuna::index_t i = 0; i < x.rows() * x.cols(); ++i) x.data()[i] = value(bits);
  const auto a = lacuna::sparsify<lacuna::nm<2, 4>, lacuna::bf16>(w);

  const std::vector<layer> layers = layers_of_this_cpu();
  std::printf("this CPU would run %s\n", layers.front().simd);
  layers.front().forward(a, x, first);

  // A program would keep the first; here all of them show that they agree. Sums of 512 products, each of
  // about 1, in another order.
  bool ok = true;
  for (const layer& l : layers) {
    l.forward(a, x, y);
    double apart = 0;
    for (lacuna::index_t t = 0; t < y.rows(); ++t)
      for (lacuna::index_t m = 0; m < y.cols(); ++m)
        apart = std::max(apart, std::fabs(static_cast<double>(y(t, m)) - static_cast<double>(first(t, m))));
    std::printf("%-24s at most %.1e from the first\n", l.simd, apart);
    ok = ok && apart < 512 * 0x1p-24 * 512;
  }
  return ok ? 0 : 1;
}
