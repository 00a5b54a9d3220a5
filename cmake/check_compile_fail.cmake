# SPDX-License-Identifier: BSL-1.0
#
# cmake -DCOMPILER=... -DSOURCE=... -DINCLUDE=... -DSYSTEM_INCLUDE=... -P check_compile_fail.cmake
#
# SOURCE compiles as it stands. With -DLACUNA_FAIL it does not, and then
#   - the diagnostics hold the sentence of its first line, `// expect: <sentence>`;
#   - they have at most 40 lines;
#   - their first error names SOURCE itself: the caller's line, not the inside of a header.

cmake_minimum_required(VERSION 3.21)

file(STRINGS "${SOURCE}" expect REGEX "^// expect: ")
list(GET expect 0 expect)
string(REPLACE "// expect: " "" expect "${expect}")
if(expect STREQUAL "")
  message(FATAL_ERROR "${SOURCE}: has no line '// expect: <sentence>'")
endif()

set(system_include)
if(SYSTEM_INCLUDE AND NOT SYSTEM_INCLUDE STREQUAL "/usr/include")
  set(system_include -isystem "${SYSTEM_INCLUDE}")
endif()
set(command "${COMPILER}" -std=c++20 -fsyntax-only -fdiagnostics-color=never "-I${INCLUDE}" ${system_include})
set(ENV{LC_ALL} C)

execute_process(COMMAND ${command} "${SOURCE}" RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: must compile without LACUNA_FAIL\n${output}")
endif()

execute_process(COMMAND ${command} -DLACUNA_FAIL "${SOURCE}" RESULT_VARIABLE result ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: compiles with LACUNA_FAIL, and must not")
endif()
string(FIND "${output}" "${expect}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${SOURCE}: the diagnostics lack the sentence\n  ${expect}\n${output}")
endif()
string(REGEX REPLACE "[^\n]" "" newlines "${output}")
string(LENGTH "${newlines}" lines)
if(lines GREATER 40)
  message(FATAL_ERROR "${SOURCE}: ${lines} lines of diagnostics; at most 40\n${output}")
endif()
string(REGEX MATCH "[^\n]*error[^\n]*" first "${output}")
string(FIND "${first}" "${SOURCE}:" at)
if(NOT at EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: the first error is not at the caller\n${output}")
endif()
message(STATUS "${lines} lines, the first at the caller")
