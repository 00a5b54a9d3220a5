#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// May this CPU run the translation unit that includes this file?
//
//   flags of the object   -mavx2   -mavx512vbmi   ...        what the compiler was allowed to emit
//   CPUID of the machine   avx2     avx512vbmi    ...        what may be executed
//
// The question is asked feature by feature from the compiler's own macros, so it also holds for
// -march=native. Everything here has internal linkage: an object with wider flags must not lend its copy to
// the others.

// The build names each object ("@avx2"); a file compiled once, with the build's own flags, has no name.
#ifndef LACUNA_TEST_ISA
#  define LACUNA_TEST_ISA ""
#endif

namespace {

[[maybe_unused]] inline bool lacuna_test_cpu_runs_this() {
#if defined(__x86_64__) && defined(__GNUC__)
  bool ok = true;
#  ifdef __AVX2__
  ok = ok && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#  endif
#  ifdef __AVX512F__
  ok = ok && __builtin_cpu_supports("avx512f");
#  endif
#  ifdef __AVX512VL__
  ok = ok && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
#  endif
#  ifdef __AVX512IFMA__
  ok = ok && __builtin_cpu_supports("avx512ifma");
#  endif
#  ifdef __AVX512VBMI__
  ok = ok && __builtin_cpu_supports("avx512vbmi");
#  endif
#  ifdef __AVX512VBMI2__
  ok = ok && __builtin_cpu_supports("avx512vbmi2");
#  endif
#  ifdef __AVX512VNNI__
  ok = ok && __builtin_cpu_supports("avx512vnni");
#  endif
#  ifdef __AVX512BITALG__
  ok = ok && __builtin_cpu_supports("avx512bitalg");
#  endif
#  ifdef __AVX512VPOPCNTDQ__
  ok = ok && __builtin_cpu_supports("avx512vpopcntdq");
#  endif
#  ifdef __GFNI__
  ok = ok && __builtin_cpu_supports("gfni");
#  endif
#  ifdef __AVX512BF16__
  ok = ok && __builtin_cpu_supports("avx512bf16");
#  endif
  return ok;
#else
  return true;  // AArch64 without SVE: NEON is part of the base
#endif
}

}  // namespace
