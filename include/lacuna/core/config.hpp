#pragma once
// SPDX-License-Identifier: BSL-1.0
//
// What the compiler was told: inlining attributes, exceptions, checks, the ISA, and the name of the namespace
// that keeps code built with different flags apart:
//
//   namespace lacuna { inline namespace LACUNA_ARCH { ... loops and everything that touches simd/ ... } }
//
// Two translation units share a function of that namespace only if every feature that can change its machine
// code agrees, so objects with several -march may be linked in any order. Data types stay outside: their
// layout never depends on flags.
//
// The caller may set two macros, the same way in every header of a translation unit:
//   LACUNA_CHECKED=1       contracts inside loops are checked too (O(1) checks at the doors are always on)
//   LACUNA_SCALAR_ONLY=1   portable C++ only: no SIMD library and no intrinsic is included
// All feature macros below are defined, as 0 or 1; LACUNA_AVX512 implies that LACUNA_AVX2 and LACUNA_SSE2 are
// 1, too.

#if !defined(__GNUC__)
#  error "lacuna: needs g++ 12 or clang 14 (or newer); got a compiler that does not define __GNUC__"
#endif

#define LACUNA_INLINE inline __attribute__((always_inline))
#define LACUNA_NOINLINE __attribute__((noinline))
// Between a lambda's parameter list and its body or "-> type": [&](auto i) LACUNA_LAMBDA { ... }
#define LACUNA_LAMBDA __attribute__((always_inline))

#if defined(__cpp_exceptions)
#  define LACUNA_EXCEPTIONS 1
#  define LACUNA_ARCH_EXC _exc
#else
#  define LACUNA_EXCEPTIONS 0
#  define LACUNA_ARCH_EXC _noexc
#endif

#ifndef LACUNA_CHECKED
#  define LACUNA_CHECKED 0
#endif
#if LACUNA_CHECKED
#  define LACUNA_ARCH_CHECKED _checked
#else
#  define LACUNA_ARCH_CHECKED _unchecked
#endif

#ifndef LACUNA_SCALAR_ONLY
#  define LACUNA_SCALAR_ONLY 0
#endif
#if LACUNA_SCALAR_ONLY
#  define LACUNA_ARCH_SEAM _scalar
#else
#  define LACUNA_ARCH_SEAM
#endif

// Features that simd/ tests.

#if !LACUNA_SCALAR_ONLY && defined(__x86_64__) && defined(__SSE2__)
#  define LACUNA_SSE2 1
#else
#  define LACUNA_SSE2 0
#endif
#if LACUNA_SSE2 && defined(__AVX2__) && defined(__FMA__)
#  define LACUNA_AVX2 1
#else
#  define LACUNA_AVX2 0
#endif
#if LACUNA_AVX2 && defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && \
    defined(__AVX512DQ__) && defined(__AVX512VL__)
#  define LACUNA_AVX512 1
#else
#  define LACUNA_AVX512 0
#endif
#if LACUNA_AVX512 && defined(__AVX512VBMI__)
#  define LACUNA_AVX512_VBMI 1
#else
#  define LACUNA_AVX512_VBMI 0
#endif
#if LACUNA_AVX512 && defined(__AVX512VBMI2__)
#  define LACUNA_AVX512_VBMI2 1
#else
#  define LACUNA_AVX512_VBMI2 0
#endif
#if LACUNA_AVX512 && defined(__AVX512VNNI__)
#  define LACUNA_AVX512_VNNI 1
#else
#  define LACUNA_AVX512_VNNI 0
#endif
#if LACUNA_AVX512 && defined(__AVX512BF16__)
#  define LACUNA_AVX512_BF16 1
#else
#  define LACUNA_AVX512_BF16 0
#endif
#if LACUNA_AVX512_VBMI && defined(__AVX512VPOPCNTDQ__) && defined(__GFNI__)
#  define LACUNA_AVX512_BITS 1
#else
#  define LACUNA_AVX512_BITS 0
#endif
// Tiles of 8-bit integers. Linux gives them to a process that asks (simd/tiles.hpp); clang 14 has no underscores inside.
#if LACUNA_AVX512_VNNI && defined(__linux__) && \
    ((defined(__AMX_TILE__) && defined(__AMX_INT8__)) || (defined(__AMXTILE__) && defined(__AMXINT8__)))
#  define LACUNA_AMX_INT8 1
#else
#  define LACUNA_AMX_INT8 0
#endif
#if LACUNA_AVX2 && defined(__AVXVNNI__)
#  define LACUNA_AVX_VNNI 1
#else
#  define LACUNA_AVX_VNNI 0
#endif
#if LACUNA_AVX2 && defined(__F16C__)
#  define LACUNA_F16C 1
#else
#  define LACUNA_F16C 0
#endif
#if !LACUNA_SCALAR_ONLY && defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
#  define LACUNA_NEON 1
#else
#  define LACUNA_NEON 0
#endif
#if LACUNA_NEON && defined(__ARM_FEATURE_DOTPROD)
#  define LACUNA_NEON_DOTPROD 1
#else
#  define LACUNA_NEON_DOTPROD 0
#endif

// The namespace's name. It reads the compiler's own macros, not ours: portable loops use every instruction of
// the flags too, so two scalar-only objects with different -march must stay apart as well.

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && \
    defined(__AVX512VL__)
#  define LACUNA_ARCH_BASE _avx512
#elif defined(__AVX512F__)
#  define LACUNA_ARCH_BASE _avx512f
#elif defined(__AVX2__)
#  define LACUNA_ARCH_BASE _avx2
#elif defined(__AVX__)
#  define LACUNA_ARCH_BASE _avx
#elif defined(__SSE4_2__)
#  define LACUNA_ARCH_BASE _sse42
#elif defined(__SSE4_1__)
#  define LACUNA_ARCH_BASE _sse41
#elif defined(__SSSE3__)
#  define LACUNA_ARCH_BASE _ssse3
#elif defined(__SSE2__)
#  define LACUNA_ARCH_BASE _sse2
#elif defined(__ARM_NEON)
#  define LACUNA_ARCH_BASE _neon
#else
#  define LACUNA_ARCH_BASE _plain
#endif
#if defined(__FMA__)
#  define LACUNA_ARCH_FMA _fma
#else
#  define LACUNA_ARCH_FMA
#endif
#if defined(__F16C__)
#  define LACUNA_ARCH_F16C _f16c
#else
#  define LACUNA_ARCH_F16C
#endif
#if defined(__POPCNT__)
#  define LACUNA_ARCH_POPCNT _popcnt
#else
#  define LACUNA_ARCH_POPCNT
#endif
#if defined(__BMI2__)
#  define LACUNA_ARCH_BMI2 _bmi2
#else
#  define LACUNA_ARCH_BMI2
#endif
#if defined(__AVX512VBMI__)
#  define LACUNA_ARCH_VBMI _vbmi
#else
#  define LACUNA_ARCH_VBMI
#endif
#if defined(__AVX512VBMI2__)
#  define LACUNA_ARCH_VBMI2 _vbmi2
#else
#  define LACUNA_ARCH_VBMI2
#endif
#if defined(__AVX512VNNI__) && defined(__AVXVNNI__)
#  define LACUNA_ARCH_VNNI _vnni_avxvnni
#elif defined(__AVX512VNNI__)
#  define LACUNA_ARCH_VNNI _vnni
#elif defined(__AVXVNNI__)
#  define LACUNA_ARCH_VNNI _avxvnni
#else
#  define LACUNA_ARCH_VNNI
#endif
#if defined(__AMX_INT8__) || defined(__AMXINT8__)
#  define LACUNA_ARCH_AMX _amx
#else
#  define LACUNA_ARCH_AMX
#endif
#if defined(__AVX512BF16__) || defined(__ARM_FEATURE_BF16)
#  define LACUNA_ARCH_BF16 _bf16
#else
#  define LACUNA_ARCH_BF16
#endif
#if defined(__AVX512FP16__) || defined(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC)
#  define LACUNA_ARCH_FP16 _fp16
#else
#  define LACUNA_ARCH_FP16
#endif
#if defined(__AVX512VPOPCNTDQ__) && defined(__AVX512BITALG__)
#  define LACUNA_ARCH_VPOPCNT _vpopcntdq_bitalg
#elif defined(__AVX512VPOPCNTDQ__)
#  define LACUNA_ARCH_VPOPCNT _vpopcntdq
#elif defined(__AVX512BITALG__)
#  define LACUNA_ARCH_VPOPCNT _bitalg
#else
#  define LACUNA_ARCH_VPOPCNT
#endif
#if defined(__GFNI__)
#  define LACUNA_ARCH_GFNI _gfni
#else
#  define LACUNA_ARCH_GFNI
#endif
#if defined(__ARM_FEATURE_DOTPROD)
#  define LACUNA_ARCH_DOTPROD _dotprod
#else
#  define LACUNA_ARCH_DOTPROD
#endif
#if defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS > 0
#  define LACUNA_ARCH_SVE _sve
#  define LACUNA_ARCH_SVE_BITS __ARM_FEATURE_SVE_BITS
#elif defined(__ARM_FEATURE_SVE)
#  define LACUNA_ARCH_SVE _sve
#  define LACUNA_ARCH_SVE_BITS
#else
#  define LACUNA_ARCH_SVE
#  define LACUNA_ARCH_SVE_BITS
#endif

#define LACUNA_ARCH_PASTE(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s) \
  arch##a##b##c##d##e##f##g##h##i##j##k##l##m##n##o##p##q##r##s
#define LACUNA_ARCH_EXPAND(...) LACUNA_ARCH_PASTE(__VA_ARGS__)

// For example arch_avx512_fma_f16c_popcnt_bmi2_vbmi_vbmi2_vnni_bf16_unchecked_exc.
#define LACUNA_ARCH                                                                               \
  LACUNA_ARCH_EXPAND(LACUNA_ARCH_SEAM, LACUNA_ARCH_BASE, LACUNA_ARCH_FMA, LACUNA_ARCH_F16C,       \
                     LACUNA_ARCH_POPCNT, LACUNA_ARCH_BMI2, LACUNA_ARCH_VBMI, LACUNA_ARCH_VBMI2,   \
                     LACUNA_ARCH_VNNI, LACUNA_ARCH_AMX, LACUNA_ARCH_BF16, LACUNA_ARCH_FP16,       \
                     LACUNA_ARCH_VPOPCNT, LACUNA_ARCH_GFNI, LACUNA_ARCH_DOTPROD, LACUNA_ARCH_SVE, \
                     LACUNA_ARCH_SVE_BITS, LACUNA_ARCH_CHECKED, LACUNA_ARCH_EXC)
