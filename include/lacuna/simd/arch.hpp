#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// Which SIMD. Users say `native` or `scalar`; kernels are templates on an arch, a tag that describes a
// register:
//
//   arch      lanes  registers  when
//   avx512     16       32      F, BW, CD, DQ and VL; with VBMI, VBMI2, VNNI, BF16, AMX where the flags have them
//   avx2        8       16      AVX2 and FMA; with F16C, AVX-VNNI
//   sse2        4       16      any x86-64
//   neon        4       32      any little-endian aarch64; with dotprod
//   plain       8       16      portable arrays: the scalar twin of all others
//
// Light: neither xsimd nor an intrinsic header. An arch below the best of the flags works too (avx2 in an
// AVX-512 build).

#include <lacuna/core/config.hpp>

namespace lacuna {

struct native {};  ///< the best SIMD of the compiler flags
struct scalar {};  ///< portable code: the reference that every kernel is compared with

inline namespace LACUNA_ARCH {
namespace simd {

struct avx512 {
  static constexpr int lanes = 16, registers = 32;
  static constexpr const char* name =
      "avx512"
#if LACUNA_AVX512_VBMI
      "+vbmi"
#endif
#if LACUNA_AVX512_VBMI2
      "+vbmi2"
#endif
#if LACUNA_AVX512_VNNI
      "+vnni"
#endif
#if LACUNA_AMX_INT8
      "+amx"
#endif
#if LACUNA_AVX512_BF16
      "+bf16"
#endif
      ;
};

struct avx2 {
  static constexpr int lanes = 8, registers = 16;
  static constexpr const char* name =
      "avx2"
#if LACUNA_F16C
      "+f16c"
#endif
#if LACUNA_AVX_VNNI
      "+vnni"
#endif
      ;
};

struct sse2 {
  static constexpr int lanes = 4, registers = 16;
  static constexpr const char* name = "sse2";
};

struct neon {
  static constexpr int lanes = 4, registers = 32;
  static constexpr const char* name =
      "neon"
#if LACUNA_NEON_DOTPROD
      "+dotprod"
#endif
      ;
};

struct plain {
  static constexpr int lanes = 8, registers = 16;
  static constexpr const char* name = "scalar";
};

#if LACUNA_AVX512
using best = avx512;
#elif LACUNA_AVX2
using best = avx2;
#elif LACUNA_SSE2
using best = sse2;
#elif LACUNA_NEON
using best = neon;
#else
using best = plain;
#endif

template <class Choice>
struct arch_of;
template <>
struct arch_of<native> {
  using type = best;
};
template <>
struct arch_of<scalar> {
  using type = plain;
};
/// The arch that a user's choice, `native` or `scalar`, means under these flags.
template <class Choice>
using arch_of_t = typename arch_of<Choice>::type;

}  // namespace simd
}  // namespace LACUNA_ARCH
}  // namespace lacuna
