# SPDX-License-Identifier: BSL-1.0
#
# cmake -DCOMPILER=... -DINCLUDE=... -DSYSTEM_INCLUDE=... -DSCRATCH=... -P check_compile_time.cmake
#
# What a header costs the compiler, as a ratio within the same run:
#   each header of format/   at most 4 x <vector> + <span>
#   lacuna/ops.hpp           at most 2.5 x <xsimd/xsimd.hpp>
# Medians of interleaved rounds, in CPU time of the compiler (what `times` tells), which a busy machine blurs less
# than the clock on the wall.

cmake_minimum_required(VERSION 3.21)

set(rounds 5)
set(system_include)
if(SYSTEM_INCLUDE AND NOT SYSTEM_INCLUDE STREQUAL "/usr/include")
  set(system_include -isystem "${SYSTEM_INCLUDE}")
endif()

file(GLOB format_headers RELATIVE "${INCLUDE}" "${INCLUDE}/lacuna/format/*.hpp")
set(units standard xsimd ops)
set(text_standard "#include <vector>\n#include <span>\n")
set(text_xsimd "#include <xsimd/xsimd.hpp>\n")
set(text_ops "#include <lacuna/ops.hpp>\n")
foreach(header IN LISTS format_headers)
  get_filename_component(name "${header}" NAME_WE)
  list(APPEND units format_${name})
  set(text_format_${name} "#include <${header}>\n")
endforeach()

file(MAKE_DIRECTORY "${SCRATCH}/compile_time")
foreach(unit IN LISTS units)
  file(WRITE "${SCRATCH}/compile_time/${unit}.cpp" "${text_${unit}}")
  set(times_${unit})
endforeach()

# CPU milliseconds of one compilation. `times` prints two lines, the second for the children: 0m0.250000s 0m0.030000s
function(measure unit result)
  execute_process(
    COMMAND sh -c "\"$@\" && times" sh "${COMPILER}" -std=c++20 -O0 -c -o "${SCRATCH}/compile_time/${unit}.o"
            "-I${INCLUDE}" ${system_include} "${SCRATCH}/compile_time/${unit}.cpp"
    RESULT_VARIABLE failed OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(failed)
    message(FATAL_ERROR "${unit} does not compile:\n${err}")
  endif()
  string(REGEX MATCHALL "[0-9]+m[0-9]+\\.[0-9]+s" stamps "${out}")
  set(total 0)
  foreach(index IN ITEMS 2 3)
    list(GET stamps ${index} stamp)
    string(REGEX MATCH "^([0-9]+)m([0-9]+)\\.([0-9][0-9])([0-9]?)" stamp "${stamp}0")
    math(EXPR total "${total} + ${CMAKE_MATCH_1} * 60000 + ${CMAKE_MATCH_2} * 1000 + 1${CMAKE_MATCH_3}${CMAKE_MATCH_4} - 1000")
  endforeach()
  set(${result} ${total} PARENT_SCOPE)
endfunction()

foreach(round RANGE 1 ${rounds})
  foreach(unit IN LISTS units)
    measure(${unit} time)
    list(APPEND times_${unit} ${time})
  endforeach()
endforeach()

math(EXPR middle "${rounds} / 2")
foreach(unit IN LISTS units)
  list(SORT times_${unit} COMPARE NATURAL)
  list(GET times_${unit} ${middle} median_${unit})
endforeach()

set(faults)
# check(<unit> <base> <limit in percent>): one line, and a fault when the ratio is above the limit.
function(check unit base limit)
  math(EXPR percent "${median_${unit}} * 100 / ${median_${base}}")
  message(STATUS "${unit}: ${median_${unit}} ms, ${percent} % of ${base} (${median_${base}} ms), limit ${limit} %")
  if(percent GREATER limit)
    set(faults ${faults} ${unit} PARENT_SCOPE)
  endif()
endfunction()
foreach(unit IN LISTS units)
  if(unit MATCHES "^format_")
    check(${unit} standard 400)
  endif()
endforeach()
check(ops xsimd 250)
if(faults)
  message(FATAL_ERROR "over their compile-time budget: ${faults}")
endif()
