# SPDX-License-Identifier: BSL-1.0
#
# What tests, benches and examples share: lacuna_developer carries the warnings and OpenMP, lacuna_isas the list of
# instruction sets that the tests are compiled for, lacuna_runs those that this CPU (or emulator) runs, and lacuna_flags_<isa> the flags of each.

add_library(lacuna_developer INTERFACE)
target_link_libraries(lacuna_developer INTERFACE lacuna::lacuna)
set(lacuna_warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
target_compile_options(lacuna_developer INTERFACE ${lacuna_warnings} $<$<BOOL:${LACUNA_WERROR}>:-Werror>)
# g++ collects garbage nine times in a file of kernels; without, that file takes 10 % less time and 0.7 GB instead of 0.5.
target_compile_options(lacuna_developer INTERFACE $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1000000>)

# For objects that run briefly: the preset `default` says -Og, which takes 25 % off their time to compile. Not for those
# that read real data or run a language model: their loops take six times longer.
separate_arguments(lacuna_test_flags NATIVE_COMMAND "${LACUNA_TEST_FLAGS}")

# lacuna_precompile(<target> <headers>): for objects that hold kernels. g++ 12 forgets the pragmas of a precompiled header,
# here those around its own intrinsics; header_alone and clang keep these warnings.
function(lacuna_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized;-Wno-maybe-uninitialized>)
endfunction()

# lacuna_objects_of(<variable> <object library>): without the precompiled header.
function(lacuna_objects_of variable library)
  set(${variable} $<FILTER:$<TARGET_OBJECTS:${library}>,EXCLUDE,cmake_pch> PARENT_SCOPE)
endfunction()

if(LACUNA_OPENMP)
  find_package(OpenMP QUIET COMPONENTS CXX)
  if(OpenMP_CXX_FOUND)
    target_link_libraries(lacuna_developer INTERFACE OpenMP::OpenMP_CXX)
    message(STATUS "lacuna: OpenMP ${OpenMP_CXX_VERSION} (the compiler's)")
  else()
    message(STATUS "lacuna: OpenMP not found; examples, tests and benches do without")
  endif()
endif()

# Narrowest first. The linker keeps the first copy of a shared std:: function, so this order is also the link order.
set(lacuna_isas scalar)
set(lacuna_flags_scalar -DLACUNA_SCALAR_ONLY=1)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  list(APPEND lacuna_isas sse2 avx2 avx512 avx512dot)
  list(APPEND lacuna_flags_scalar -march=x86-64)
  set(lacuna_flags_sse2 -march=x86-64)
  set(lacuna_flags_avx2 -march=x86-64-v3)
  set(lacuna_flags_avx512 -march=x86-64-v4)
  set(lacuna_flags_avx512dot -march=x86-64-v4 -mavx512ifma -mavx512vbmi -mavx512vbmi2 -mavx512vnni -mavx512bf16
                             -mavx512bitalg -mavx512vpopcntdq -mgfni -mamx-tile -mamx-int8)
  # xsimd asks for ifma where vbmi is; AMX code asks at run time and has another way
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  list(APPEND lacuna_isas neon)
  set(lacuna_flags_neon)
else()
  list(APPEND lacuna_isas native)
  set(lacuna_flags_native)
endif()

include(CheckCXXSourceRuns)
set(lacuna_runs)
foreach(isa IN LISTS lacuna_isas)
  set(CMAKE_REQUIRED_FLAGS ${lacuna_flags_${isa}})
  list(JOIN CMAKE_REQUIRED_FLAGS " " CMAKE_REQUIRED_FLAGS)
  set(CMAKE_REQUIRED_INCLUDES "${PROJECT_SOURCE_DIR}/tests")
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_runs("#include \"support/isa.hpp\"\nint main() { return lacuna_test_cpu_runs_this() ? 0 : 1; }"
                        LACUNA_RUNS_${isa})
  if(LACUNA_RUNS_${isa})
    list(APPEND lacuna_runs ${isa})
  else()
    message(STATUS "lacuna: this CPU does not run ${isa}; its tests are compiled only")
  endif()
endforeach()
unset(CMAKE_REQUIRED_FLAGS)
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_QUIET)
